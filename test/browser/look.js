/**
 * Runs in the page: draws the diagrams with Mermaid, as strictly as GitHub does, and then looks at everything that is in the page.
 * Owns what may be there; what it finds goes into an element that summary.ts reads.
 */
const OURS = new Set("H3 P CODE STRONG TABLE TBODY TR TH TD DETAILS SUMMARY A PRE".split(" "));
const DRAWN = new Set("svg style g rect text tspan path line defs marker".split(" "));
const RUN = /^https:\/\/github\.com\/[\w-]+\/[\w.-]+\/actions\/runs\/\d+(\/attempts\/\d+)?$/;

const errors = [];
const labels = (text) =>
  text.match(/^ {2}(?!dateFormat|axisFormat|tickInterval|todayMarker|section).* :/gm) ?? [];

async function draw(pre, index) {
  const source = pre.textContent;
  try {
    const { svg } = await window.mermaid.render(`diagram${index}`, source, pre);
    pre.innerHTML = svg;
  } catch (error) {
    errors.push(`diagram ${index} was not drawn: ${error}`);
    return;
  }
  const bars = pre.querySelectorAll("rect.task").length;
  if (bars !== labels(source).length)
    errors.push(`diagram ${index} has ${bars} bars, of ${labels(source).length}`);
  for (const element of pre.querySelectorAll("*")) {
    if (!DRAWN.has(element.tagName.toLowerCase())) errors.push(`diagram ${index} has a <${element.tagName}>`);
    for (const { name, value } of element.attributes)
      if (/^on|href|src/i.test(name)) errors.push(`diagram ${index} has ${name}="${value}"`);
  }
}

function lookAtHtml() {
  for (const element of document.querySelectorAll("main *")) {
    if (element.closest("pre")) continue;
    if (!OURS.has(element.tagName)) errors.push(`the page has a <${element.tagName}>`);
    for (const { name, value } of element.attributes) {
      const isOurs =
        (element.tagName === "A" && name === "href" && RUN.test(value)) ||
        (element.tagName === "DETAILS" && name === "open");
      if (!isOurs) errors.push(`<${element.tagName}> has ${name}="${value}"`);
    }
  }
  if (document.scripts.length !== 2) errors.push("the page has a script of somebody's");
}

async function look() {
  lookAtHtml();
  // What is drawn in a closed box has no size.
  for (const details of document.querySelectorAll("details")) details.open = true;
  window.mermaid.initialize({ startOnLoad: false, securityLevel: "strict" });
  const diagrams = [...document.querySelectorAll('pre[data-fence="mermaid"]')];
  for (const [index, pre] of diagrams.entries()) await draw(pre, index);
  if (window.carriedOut !== undefined) errors.push("something of the text was carried out");
  const verdict = document.createElement("script");
  verdict.type = "application/json";
  verdict.id = "verdict";
  const height = document.documentElement.scrollHeight + 24;
  verdict.textContent = JSON.stringify({ errors, diagrams: diagrams.length, height }).replaceAll(
    "<",
    "\\u003c",
  );
  document.body.append(verdict);
}

look();
