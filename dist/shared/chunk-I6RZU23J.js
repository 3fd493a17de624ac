import { createRequire as reflockCreateRequire } from "node:module";
const require = reflockCreateRequire(import.meta.url);
import {
  DamagedRecord,
  EOL,
  LockError,
  __callDispose,
  __require,
  __using,
  appendFileSync,
  count,
  countOrNull,
  decodeRecord,
  describeEnding,
  describeHolder,
  describeIdentity,
  describeStatus,
  encodeClaim,
  encodeEntry,
  encodeRecord,
  existsSync,
  exportVariable,
  foreignCommit,
  formatDuration,
  getInput,
  getMultilineInput,
  getState,
  handedNothing,
  holderRef,
  identity,
  isLockError,
  isLogRef,
  isOurs,
  isRepository,
  isSameRun,
  listedLocks,
  logRef,
  notAcquired,
  oneOf,
  parseDuration,
  parseName,
  parseNamespace,
  plain,
  progressTeller,
  readFileSync,
  readRecord,
  saveState,
  say,
  setFailed,
  setOutput,
  setSecret,
  statSync,
  text,
  textOrNull,
  warn
} from "./chunk-CYSCPVMA.js";

// builtin:timers/promises
var builtin = () => __require("node:timers/promises");
var setTimeout = (...given) => builtin().setTimeout(...given);

// node_modules/universal-user-agent/index.js
function getUserAgent() {
  if (typeof navigator === "object" && "userAgent" in navigator) {
    return navigator.userAgent;
  }
  if (typeof process === "object" && process.version !== void 0) {
    return `Node.js/${process.version.substr(1)} (${process.platform}; ${process.arch})`;
  }
  return "<environment undetectable>";
}

// node_modules/before-after-hook/lib/register.js
function register(state, name, method, options) {
  if (typeof method !== "function") {
    throw new Error("method for before hook must be a function");
  }
  if (!options) {
    options = {};
  }
  if (Array.isArray(name)) {
    return name.reverse().reduce((callback, name2) => {
      return register.bind(null, state, name2, callback, options);
    }, method)();
  }
  return Promise.resolve().then(() => {
    if (!state.registry[name]) {
      return method(options);
    }
    return state.registry[name].reduce((method2, registered) => {
      return registered.hook.bind(null, method2, options);
    }, method)();
  });
}

// node_modules/before-after-hook/lib/add.js
function addHook(state, kind, name, hook2) {
  const orig = hook2;
  if (!state.registry[name]) {
    state.registry[name] = [];
  }
  if (kind === "before") {
    hook2 = (method, options) => {
      return Promise.resolve().then(orig.bind(null, options)).then(method.bind(null, options));
    };
  }
  if (kind === "after") {
    hook2 = (method, options) => {
      let result;
      return Promise.resolve().then(method.bind(null, options)).then((result_) => {
        result = result_;
        return orig(result, options);
      }).then(() => {
        return result;
      });
    };
  }
  if (kind === "error") {
    hook2 = (method, options) => {
      return Promise.resolve().then(method.bind(null, options)).catch((error) => {
        return orig(error, options);
      });
    };
  }
  state.registry[name].push({
    hook: hook2,
    orig
  });
}

// node_modules/before-after-hook/lib/remove.js
function removeHook(state, name, method) {
  if (!state.registry[name]) {
    return;
  }
  const index = state.registry[name].map((registered) => {
    return registered.orig;
  }).indexOf(method);
  if (index === -1) {
    return;
  }
  state.registry[name].splice(index, 1);
}

// node_modules/before-after-hook/index.js
var bind = Function.bind;
var bindable = bind.bind(bind);
function bindApi(hook2, state, name) {
  const removeHookRef = bindable(removeHook, null).apply(
    null,
    name ? [state, name] : [state]
  );
  hook2.api = { remove: removeHookRef };
  hook2.remove = removeHookRef;
  ["before", "error", "after", "wrap"].forEach((kind) => {
    const args = name ? [state, kind, name] : [state, kind];
    hook2[kind] = hook2.api[kind] = bindable(addHook, null).apply(null, args);
  });
}
function Singular() {
  const singularHookName = /* @__PURE__ */ Symbol("Singular");
  const singularHookState = {
    registry: {}
  };
  const singularHook = register.bind(null, singularHookState, singularHookName);
  bindApi(singularHook, singularHookState, singularHookName);
  return singularHook;
}
function Collection() {
  const state = {
    registry: {}
  };
  const hook2 = register.bind(null, state);
  bindApi(hook2, state);
  return hook2;
}
var before_after_hook_default = { Singular, Collection };

// node_modules/@octokit/endpoint/dist-bundle/index.js
var VERSION = "0.0.0-development";
var userAgent = `octokit-endpoint.js/${VERSION} ${getUserAgent()}`;
var DEFAULTS = {
  method: "GET",
  baseUrl: "https://api.github.com",
  headers: {
    accept: "application/vnd.github.v3+json",
    "user-agent": userAgent
  },
  mediaType: {
    format: ""
  }
};
function lowercaseKeys(object) {
  if (!object) {
    return {};
  }
  return Object.keys(object).reduce((newObj, key) => {
    newObj[key.toLowerCase()] = object[key];
    return newObj;
  }, {});
}
function isPlainObject(value) {
  if (typeof value !== "object" || value === null) return false;
  if (Object.prototype.toString.call(value) !== "[object Object]") return false;
  const proto = Object.getPrototypeOf(value);
  if (proto === null) return true;
  const Ctor = Object.prototype.hasOwnProperty.call(proto, "constructor") && proto.constructor;
  return typeof Ctor === "function" && Ctor instanceof Ctor && Function.prototype.call(Ctor) === Function.prototype.call(value);
}
function mergeDeep(defaults, options) {
  const result = Object.assign({}, defaults);
  Object.keys(options).forEach((key) => {
    if (isPlainObject(options[key])) {
      if (!(key in defaults)) Object.assign(result, { [key]: options[key] });
      else result[key] = mergeDeep(defaults[key], options[key]);
    } else {
      Object.assign(result, { [key]: options[key] });
    }
  });
  return result;
}
function removeUndefinedProperties(obj) {
  for (const key in obj) {
    if (obj[key] === void 0) {
      delete obj[key];
    }
  }
  return obj;
}
function merge(defaults, route, options) {
  if (typeof route === "string") {
    let [method, url] = route.split(" ");
    options = Object.assign(url ? { method, url } : { url: method }, options);
  } else {
    options = Object.assign({}, route);
  }
  options.headers = lowercaseKeys(options.headers);
  removeUndefinedProperties(options);
  removeUndefinedProperties(options.headers);
  const mergedOptions = mergeDeep(defaults || {}, options);
  if (options.url === "/graphql") {
    if (defaults && defaults.mediaType.previews?.length) {
      mergedOptions.mediaType.previews = defaults.mediaType.previews.filter(
        (preview) => !mergedOptions.mediaType.previews.includes(preview)
      ).concat(mergedOptions.mediaType.previews);
    }
    mergedOptions.mediaType.previews = (mergedOptions.mediaType.previews || []).map((preview) => preview.replace(/-preview/, ""));
  }
  return mergedOptions;
}
function addQueryParameters(url, parameters) {
  const separator = /\?/.test(url) ? "&" : "?";
  const names = Object.keys(parameters);
  if (names.length === 0) {
    return url;
  }
  return url + separator + names.map((name) => {
    if (name === "q") {
      return "q=" + parameters.q.split("+").map(encodeURIComponent).join("+");
    }
    return `${name}=${encodeURIComponent(parameters[name])}`;
  }).join("&");
}
var urlVariableRegex = /\{[^{}}]+\}/g;
function removeNonChars(variableName) {
  return variableName.replace(/(?:^\W+)|(?:(?<!\W)\W+$)/g, "").split(/,/);
}
function extractUrlVariableNames(url) {
  const matches = url.match(urlVariableRegex);
  if (!matches) {
    return [];
  }
  return matches.map(removeNonChars).reduce((a, b) => a.concat(b), []);
}
function omit(object, keysToOmit) {
  const result = { __proto__: null };
  for (const key of Object.keys(object)) {
    if (keysToOmit.indexOf(key) === -1) {
      result[key] = object[key];
    }
  }
  return result;
}
function encodeReserved(str) {
  return str.split(/(%[0-9A-Fa-f]{2})/g).map(function(part) {
    if (!/%[0-9A-Fa-f]/.test(part)) {
      part = encodeURI(part).replace(/%5B/g, "[").replace(/%5D/g, "]");
    }
    return part;
  }).join("");
}
function encodeUnreserved(str) {
  return encodeURIComponent(str).replace(/[!'()*]/g, function(c) {
    return "%" + c.charCodeAt(0).toString(16).toUpperCase();
  });
}
function encodeValue(operator, value, key) {
  value = operator === "+" || operator === "#" ? encodeReserved(value) : encodeUnreserved(value);
  if (key) {
    return encodeUnreserved(key) + "=" + value;
  } else {
    return value;
  }
}
function isDefined(value) {
  return value !== void 0 && value !== null;
}
function isKeyOperator(operator) {
  return operator === ";" || operator === "&" || operator === "?";
}
function getValues(context2, operator, key, modifier) {
  var value = context2[key], result = [];
  if (isDefined(value) && value !== "") {
    if (typeof value === "string" || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
      value = value.toString();
      if (modifier && modifier !== "*") {
        value = value.substring(0, parseInt(modifier, 10));
      }
      result.push(
        encodeValue(operator, value, isKeyOperator(operator) ? key : "")
      );
    } else {
      if (modifier === "*") {
        if (Array.isArray(value)) {
          value.filter(isDefined).forEach(function(value2) {
            result.push(
              encodeValue(operator, value2, isKeyOperator(operator) ? key : "")
            );
          });
        } else {
          Object.keys(value).forEach(function(k) {
            if (isDefined(value[k])) {
              result.push(encodeValue(operator, value[k], k));
            }
          });
        }
      } else {
        const tmp = [];
        if (Array.isArray(value)) {
          value.filter(isDefined).forEach(function(value2) {
            tmp.push(encodeValue(operator, value2));
          });
        } else {
          Object.keys(value).forEach(function(k) {
            if (isDefined(value[k])) {
              tmp.push(encodeUnreserved(k));
              tmp.push(encodeValue(operator, value[k].toString()));
            }
          });
        }
        if (isKeyOperator(operator)) {
          result.push(encodeUnreserved(key) + "=" + tmp.join(","));
        } else if (tmp.length !== 0) {
          result.push(tmp.join(","));
        }
      }
    }
  } else {
    if (operator === ";") {
      if (isDefined(value)) {
        result.push(encodeUnreserved(key));
      }
    } else if (value === "" && (operator === "&" || operator === "?")) {
      result.push(encodeUnreserved(key) + "=");
    } else if (value === "") {
      result.push("");
    }
  }
  return result;
}
function parseUrl(template) {
  return {
    expand: expand.bind(null, template)
  };
}
function expand(template, context2) {
  var operators = ["+", "#", ".", "/", ";", "?", "&"];
  template = template.replace(
    /\{([^\{\}]+)\}|([^\{\}]+)/g,
    function(_, expression, literal) {
      if (expression) {
        let operator = "";
        const values = [];
        if (operators.indexOf(expression.charAt(0)) !== -1) {
          operator = expression.charAt(0);
          expression = expression.substr(1);
        }
        expression.split(/,/g).forEach(function(variable) {
          var tmp = /([^:\*]*)(?::(\d+)|(\*))?/.exec(variable);
          values.push(getValues(context2, operator, tmp[1], tmp[2] || tmp[3]));
        });
        if (operator && operator !== "+") {
          var separator = ",";
          if (operator === "?") {
            separator = "&";
          } else if (operator !== "#") {
            separator = operator;
          }
          return (values.length !== 0 ? operator : "") + values.join(separator);
        } else {
          return values.join(",");
        }
      } else {
        return encodeReserved(literal);
      }
    }
  );
  if (template === "/") {
    return template;
  } else {
    return template.replace(/\/$/, "");
  }
}
function parse(options) {
  let method = options.method.toUpperCase();
  let url = (options.url || "/").replace(/:([a-z]\w+)/g, "{$1}");
  let headers = Object.assign({}, options.headers);
  let body;
  let parameters = omit(options, [
    "method",
    "baseUrl",
    "url",
    "headers",
    "request",
    "mediaType"
  ]);
  const urlVariableNames = extractUrlVariableNames(url);
  url = parseUrl(url).expand(parameters);
  if (!/^http/.test(url)) {
    url = options.baseUrl + url;
  }
  const omittedParameters = Object.keys(options).filter((option) => urlVariableNames.includes(option)).concat("baseUrl");
  const remainingParameters = omit(parameters, omittedParameters);
  const isBinaryRequest = /application\/octet-stream/i.test(headers.accept);
  if (!isBinaryRequest) {
    if (options.mediaType.format) {
      headers.accept = headers.accept.split(/,/).map(
        (format) => format.replace(
          /application\/vnd(\.\w+)(\.v3)?(\.\w+)?(\+json)?$/,
          `application/vnd$1$2.${options.mediaType.format}`
        )
      ).join(",");
    }
    if (url.endsWith("/graphql")) {
      if (options.mediaType.previews?.length) {
        const previewsFromAcceptHeader = headers.accept.match(/(?<![\w-])[\w-]+(?=-preview)/g) || [];
        headers.accept = previewsFromAcceptHeader.concat(options.mediaType.previews).map((preview) => {
          const format = options.mediaType.format ? `.${options.mediaType.format}` : "+json";
          return `application/vnd.github.${preview}-preview${format}`;
        }).join(",");
      }
    }
  }
  if (["GET", "HEAD"].includes(method)) {
    url = addQueryParameters(url, remainingParameters);
  } else {
    if ("data" in remainingParameters) {
      body = remainingParameters.data;
    } else {
      if (Object.keys(remainingParameters).length) {
        body = remainingParameters;
      }
    }
  }
  if (!headers["content-type"] && typeof body !== "undefined") {
    headers["content-type"] = "application/json; charset=utf-8";
  }
  if (["PATCH", "PUT"].includes(method) && typeof body === "undefined") {
    body = "";
  }
  return Object.assign(
    { method, url, headers },
    typeof body !== "undefined" ? { body } : null,
    options.request ? { request: options.request } : null
  );
}
function endpointWithDefaults(defaults, route, options) {
  return parse(merge(defaults, route, options));
}
function withDefaults(oldDefaults, newDefaults) {
  const DEFAULTS2 = merge(oldDefaults, newDefaults);
  const endpoint2 = endpointWithDefaults.bind(null, DEFAULTS2);
  return Object.assign(endpoint2, {
    DEFAULTS: DEFAULTS2,
    defaults: withDefaults.bind(null, DEFAULTS2),
    merge: merge.bind(null, DEFAULTS2),
    parse
  });
}
var endpoint = withDefaults(null, DEFAULTS);

// node_modules/content-type/dist/index.js
var SP = 32;
var HTAB = 9;
var SEMI = 59;
var EQ = 61;
var DQUOTE = 34;
var BSLASH = 92;
var COMMA = 44;
var LOWER_CASE = 1;
var OWS = 2;
var SEMI_FLAG = 4;
var COMMA_FLAG = 8;
var TOKEN_FLAG = 16;
var NON_ASCII = 65280;
var CASE_FLAGS = LOWER_CASE | NON_ASCII;
var CHAR_MAP = new Uint8Array(256);
CHAR_MAP[HTAB] |= OWS;
CHAR_MAP[SP] |= OWS;
CHAR_MAP[SEMI] |= SEMI_FLAG;
CHAR_MAP[COMMA] |= COMMA_FLAG;
for (let code = 128; code <= 255; code++) {
  CHAR_MAP[code] |= LOWER_CASE;
}
for (const char of "!#$%&'*+-.^_`|~") {
  CHAR_MAP[char.charCodeAt(0)] |= TOKEN_FLAG;
}
for (let code = 48; code <= 57; code++) {
  CHAR_MAP[code] |= TOKEN_FLAG;
}
for (let code = 65; code <= 90; code++) {
  CHAR_MAP[code] |= LOWER_CASE | TOKEN_FLAG;
}
for (let code = 97; code <= 122; code++) {
  CHAR_MAP[code] |= TOKEN_FLAG;
}
var NullObject = /* @__PURE__ */ (() => {
  const C = function() {
  };
  C.prototype = /* @__PURE__ */ Object.create(null);
  return C;
})();
function parse2(header, options) {
  const stopFlags = SEMI_FLAG | (options?.comma === true ? COMMA_FLAG : 0);
  const len = header.length;
  let valueStart = options?.start ?? 0;
  while ((CHAR_MAP[header.charCodeAt(valueStart)] & OWS) !== 0) {
    valueStart++;
  }
  let index = valueStart;
  let typeFlags = 0;
  let whitespace = -1;
  let stop = options?.parameters === false ? COMMA_FLAG : 0;
  while (index < len) {
    const code = header.charCodeAt(index);
    const flags = CHAR_MAP[code];
    if ((flags & stopFlags) !== 0) {
      stop |= flags & COMMA_FLAG;
      break;
    }
    if ((flags & OWS) !== 0) {
      if (whitespace === -1)
        whitespace = index;
    } else {
      whitespace = -1;
    }
    typeFlags |= code & NON_ASCII | flags;
    index++;
  }
  const valueEnd = whitespace === -1 ? index : whitespace;
  const value = header.slice(valueStart, valueEnd);
  const type = (typeFlags & CASE_FLAGS) === 0 ? value : value.toLowerCase();
  if (index === len || stop !== 0) {
    return { type, index, parameters: new NullObject() };
  }
  return parseParameters(header, type, index, len, stopFlags);
}
function parseParameters(header, type, index, len, stopFlags) {
  const parameters = new NullObject();
  parameter: while (index < len) {
    index++;
    while ((CHAR_MAP[header.charCodeAt(index)] & OWS) !== 0) {
      index++;
    }
    const keyStart = index;
    let keyFlags = 0;
    let keyWhitespace = -1;
    while (index < len) {
      const code = header.charCodeAt(index);
      const flags = CHAR_MAP[code];
      if ((flags & stopFlags) !== 0) {
        if ((flags & COMMA_FLAG) !== 0)
          break parameter;
        continue parameter;
      }
      if (code === EQ) {
        const keyEnd = keyWhitespace === -1 ? index : keyWhitespace;
        const value = header.slice(keyStart, keyEnd);
        const key = (keyFlags & CASE_FLAGS) === 0 ? value : value.toLowerCase();
        index++;
        while ((CHAR_MAP[header.charCodeAt(index)] & OWS) !== 0) {
          index++;
        }
        if (index < len && header.charCodeAt(index) === DQUOTE) {
          const quotedStart = ++index;
          let escaped = false;
          while (index < len) {
            const code2 = header.charCodeAt(index);
            if (code2 === DQUOTE) {
              if (parameters[key] === void 0) {
                parameters[key] = escaped ? unescapeQuotedPairs(header, quotedStart, index) : header.slice(quotedStart, index);
              }
              index++;
              let stop2 = 0;
              while (index < len) {
                const code3 = header.charCodeAt(index);
                const flags2 = CHAR_MAP[code3];
                if ((flags2 & stopFlags) !== 0) {
                  stop2 = flags2 & COMMA_FLAG;
                  break;
                }
                index++;
              }
              if (stop2 !== 0)
                break parameter;
              continue parameter;
            }
            if (code2 === BSLASH && index + 1 < len) {
              escaped = true;
              index += 2;
              continue;
            }
            index++;
          }
          continue parameter;
        }
        const valueStart = index;
        let stop = 0;
        let valueWhitespace = -1;
        while (index < len) {
          const code2 = header.charCodeAt(index);
          const flags2 = CHAR_MAP[code2];
          if ((flags2 & stopFlags) !== 0) {
            stop = flags2 & COMMA_FLAG;
            break;
          }
          if ((flags2 & OWS) !== 0) {
            if (valueWhitespace === -1)
              valueWhitespace = index;
          } else {
            valueWhitespace = -1;
          }
          index++;
        }
        if (parameters[key] === void 0) {
          const valueEnd = valueWhitespace === -1 ? index : valueWhitespace;
          parameters[key] = header.slice(valueStart, valueEnd);
        }
        if (stop !== 0)
          break parameter;
        continue parameter;
      }
      if ((flags & OWS) !== 0) {
        if (keyWhitespace === -1)
          keyWhitespace = index;
      } else {
        keyWhitespace = -1;
      }
      keyFlags |= code & NON_ASCII | flags;
      index++;
    }
  }
  return { type, index, parameters };
}
function unescapeQuotedPairs(str, start, end) {
  let result = "";
  for (let index = start; index < end; index++) {
    if (str.charCodeAt(index) === BSLASH) {
      result += str.slice(start, index);
      start = ++index;
    }
  }
  return result + str.slice(start, end);
}

// node_modules/json-with-bigint/json-with-bigint.js
var intRegex = /^-?\d+$/;
var noiseValue = /^-?\d+n+$/;
var originalStringify = JSON.stringify;
var originalParse = JSON.parse;
var customFormat = /^-?\d+n$/;
var bigIntsStringify = /([\[:])?"(-?\d+)n"($|\s*[,\}\]])/g;
var noiseStringify = /([\[:])?("-?\d+n+)n("$|"\s*[,\}\]])/g;
var isUnstringifiable = (val) => val === void 0 || typeof val === "function" || typeof val === "symbol";
var isRawJSON = (val) => val !== null && typeof val === "object" && val.constructor && val.constructor.name === "RawJSON";
var stringifyIteratively = (rootValue, replacer, spaceParam) => {
  let space = "";
  if (typeof spaceParam === "number") {
    space = " ".repeat(Math.min(10, Math.max(0, Math.floor(spaceParam))));
  } else if (typeof spaceParam === "string") {
    space = spaceParam.slice(0, 10);
  }
  const isFunctionReplacer = typeof replacer === "function";
  const propertyList = Array.isArray(replacer) ? new Set(replacer.map(String)) : null;
  const prepareVal = (parent, key, val) => {
    const isObject = val !== null && typeof val === "object";
    const hasToJSON = isObject && typeof val.toJSON === "function";
    if (hasToJSON) {
      val = val.toJSON(key);
    }
    const isNoise = typeof val === "string" && noiseValue.test(val);
    if (isNoise) return val + "n";
    const isBigInt = typeof val === "bigint";
    if (isBigInt) {
      const supportsRawJSON = "rawJSON" in JSON;
      if (supportsRawJSON) return JSON.rawJSON(val.toString());
      return val.toString() + "n";
    }
    if (isFunctionReplacer) {
      val = replacer.call(parent, key, val);
    }
    const isPostReplacerObject = val !== null && typeof val === "object";
    if (isPostReplacerObject) {
      const isPrimitiveWrapper = val instanceof Number || val instanceof String || val instanceof Boolean;
      if (isPrimitiveWrapper) {
        val = val.valueOf();
      }
    }
    return val;
  };
  const rootProcessed = prepareVal({ "": rootValue }, "", rootValue);
  if (isUnstringifiable(rootProcessed)) {
    return void 0;
  }
  const isRootPrimitive = rootProcessed === null || typeof rootProcessed !== "object";
  const isRootNativeRawJSON = isRawJSON(rootProcessed);
  if (isRootPrimitive || isRootNativeRawJSON) {
    return originalStringify(rootProcessed);
  }
  const chunks = [];
  let level = 0;
  const stack = [
    {
      parent: { "": rootProcessed },
      key: "",
      val: rootProcessed,
      isArray: Array.isArray(rootProcessed),
      keys: Array.isArray(rootProcessed) ? null : Object.keys(rootProcessed),
      index: 0,
      first: true
    }
  ];
  const visited = new WeakSet([rootProcessed]);
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    if (node.index === 0) {
      chunks.push(node.isArray ? "[" : "{");
      level++;
    }
    let isDone = false;
    if (node.isArray) {
      if (node.index < node.val.length) {
        if (!node.first) chunks.push(",");
        if (space) chunks.push("\n" + space.repeat(level));
        const childRaw = node.val[node.index];
        const childVal = prepareVal(node.val, String(node.index), childRaw);
        if (isUnstringifiable(childVal)) {
          chunks.push("null");
          node.first = false;
          node.index++;
        } else {
          const isComplexObject = childVal !== null && typeof childVal === "object";
          const isNativeRaw = isRawJSON(childVal);
          if (isComplexObject && !isNativeRaw) {
            if (visited.has(childVal)) {
              throw new TypeError("Converting circular structure to JSON");
            }
            visited.add(childVal);
            stack.push({
              parent: node.val,
              key: String(node.index),
              val: childVal,
              isArray: Array.isArray(childVal),
              keys: Array.isArray(childVal) ? null : Object.keys(childVal),
              index: 0,
              first: true
            });
            node.first = false;
            node.index++;
          } else {
            chunks.push(originalStringify(childVal));
            node.first = false;
            node.index++;
          }
        }
      } else {
        isDone = true;
      }
    } else {
      while (node.index < node.keys.length) {
        const k = node.keys[node.index++];
        const isFilteredOutByArray = propertyList && !propertyList.has(k);
        if (isFilteredOutByArray) continue;
        const childRaw = node.val[k];
        const childVal = prepareVal(node.val, k, childRaw);
        if (isUnstringifiable(childVal)) continue;
        if (!node.first) chunks.push(",");
        if (space) {
          chunks.push("\n" + space.repeat(level) + originalStringify(k) + ": ");
        } else {
          chunks.push(originalStringify(k) + ":");
        }
        const isComplexObject = childVal !== null && typeof childVal === "object";
        const isNativeRaw = isRawJSON(childVal);
        if (isComplexObject && !isNativeRaw) {
          if (visited.has(childVal)) {
            throw new TypeError("Converting circular structure to JSON");
          }
          visited.add(childVal);
          stack.push({
            parent: node.val,
            key: k,
            val: childVal,
            isArray: Array.isArray(childVal),
            keys: Array.isArray(childVal) ? null : Object.keys(childVal),
            index: 0,
            first: true
          });
          node.first = false;
          break;
        } else {
          chunks.push(originalStringify(childVal));
          node.first = false;
        }
      }
      const isNodeFullyProcessed = node.index >= node.keys.length && stack[stack.length - 1] === node;
      if (isNodeFullyProcessed) {
        isDone = true;
      }
    }
    if (isDone) {
      level--;
      if (!node.first && space) chunks.push("\n" + space.repeat(level));
      chunks.push(node.isArray ? "]" : "}");
      visited.delete(node.val);
      stack.pop();
    }
  }
  return chunks.join("");
};
var JSONStringify = (value, replacer, space) => {
  try {
    const supportsRawJSON = "rawJSON" in JSON;
    if (supportsRawJSON) {
      return originalStringify(
        value,
        (key, val) => {
          if (typeof val === "bigint") return JSON.rawJSON(val.toString());
          const hasFunctionReplacer = typeof replacer === "function";
          if (hasFunctionReplacer) return replacer(key, val);
          const isKeyInArrayReplacer = Array.isArray(replacer) && replacer.includes(key);
          if (isKeyInArrayReplacer) return val;
          return val;
        },
        space
      );
    }
    if (!value) return originalStringify(value, replacer, space);
    const convertedToCustomJSON = originalStringify(
      value,
      (key, val) => {
        const isNoise = typeof val === "string" && noiseValue.test(val);
        if (isNoise) return val.toString() + "n";
        if (typeof val === "bigint") return val.toString() + "n";
        const hasFunctionReplacer = typeof replacer === "function";
        if (hasFunctionReplacer) return replacer(key, val);
        const isKeyInArrayReplacer = Array.isArray(replacer) && replacer.includes(key);
        if (isKeyInArrayReplacer) return val;
        return val;
      },
      space
    );
    const processedJSON = convertedToCustomJSON.replace(
      bigIntsStringify,
      "$1$2$3"
    );
    const denoisedJSON = processedJSON.replace(noiseStringify, "$1$2$3");
    return denoisedJSON;
  } catch (error) {
    if (error instanceof RangeError) {
      const convertedJSON = stringifyIteratively(value, replacer, space);
      if (convertedJSON === void 0) return void 0;
      const supportsRawJSON = "rawJSON" in JSON;
      if (supportsRawJSON) return convertedJSON;
      const processedJSON = convertedJSON.replace(bigIntsStringify, "$1$2$3");
      return processedJSON.replace(noiseStringify, "$1$2$3");
    }
    throw error;
  }
};
var featureCache = /* @__PURE__ */ new Map();
var isContextSourceSupported = () => {
  const parseFingerprint = JSON.parse.toString();
  if (featureCache.has(parseFingerprint)) {
    return featureCache.get(parseFingerprint);
  }
  try {
    const result = JSON.parse(
      "1",
      (_, __, context2) => !!context2?.source && context2.source === "1"
    );
    featureCache.set(parseFingerprint, result);
    return result;
  } catch {
    featureCache.set(parseFingerprint, false);
    return false;
  }
};
var convertMarkedBigIntsReviver = (key, value, context2, userReviver) => {
  const isCustomFormatBigInt = typeof value === "string" && customFormat.test(value);
  if (isCustomFormatBigInt) return BigInt(value.slice(0, -1));
  const isNoiseValue = typeof value === "string" && noiseValue.test(value);
  if (isNoiseValue) return value.slice(0, -1);
  const hasUserReviver = typeof userReviver === "function";
  if (!hasUserReviver) return value;
  return userReviver(key, value, context2);
};
var JSONParseV2 = (text2, reviver) => {
  return JSON.parse(text2, (key, value, context2) => {
    const isNumber = typeof value === "number";
    const isOutOfBounds = value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER;
    const isBigNumber = isNumber && isOutOfBounds;
    const isInt = context2 && intRegex.test(context2.source);
    const isBigInt = isBigNumber && isInt;
    if (isBigInt) return BigInt(context2.source);
    const hasCustomReviver = typeof reviver === "function";
    if (!hasCustomReviver) return value;
    return reviver(key, value, context2);
  });
};
var MAX_INT = Number.MAX_SAFE_INTEGER.toString();
var MAX_DIGITS = MAX_INT.length;
var stringsOrLargeNumbers = /"(?:[^"\\]|\\.)*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/g;
var noiseValueWithQuotes = /^"-?\d+n+"$/;
var applyReviverIteratively = (parsed, userReviver) => {
  const rootHolder = { "": parsed };
  const stack = [{ parent: rootHolder, key: "", visited: false }];
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    if (!node.visited) {
      node.visited = true;
      const value = node.parent[node.key];
      const isComplexObject = value !== null && typeof value === "object";
      if (isComplexObject) {
        const keys = Object.keys(value);
        for (let i = keys.length - 1; i >= 0; i--) {
          stack.push({ parent: value, key: keys[i], visited: false });
        }
      }
    } else {
      const { parent, key } = node;
      let value = parent[key];
      if (typeof value === "string") {
        const isCustomFormatBigInt = customFormat.test(value);
        if (isCustomFormatBigInt) {
          value = BigInt(value.slice(0, -1));
        } else {
          const isNoise = noiseValue.test(value);
          if (isNoise) value = value.slice(0, -1);
        }
      }
      const hasUserReviver = typeof userReviver === "function";
      if (hasUserReviver) {
        value = userReviver.call(parent, key, value);
      }
      const isDeleted = value === void 0;
      if (isDeleted) {
        delete parent[key];
      } else {
        parent[key] = value;
      }
      stack.pop();
    }
  }
  return rootHolder[""];
};
var serializeBigInts = (text2) => {
  return text2.replace(
    stringsOrLargeNumbers,
    (match, digits, fractional, exponential) => {
      const isString = match[0] === '"';
      const isNoise = isString && noiseValueWithQuotes.test(match);
      if (isNoise) return match.substring(0, match.length - 1) + 'n"';
      const hasFractionalOrExponential = fractional || exponential;
      const isLessThanMaxSafeInt = digits && (digits.length < MAX_DIGITS || digits.length === MAX_DIGITS && digits <= MAX_INT);
      const isStandardValue = isString || hasFractionalOrExponential || isLessThanMaxSafeInt;
      if (isStandardValue) return match;
      return '"' + match + 'n"';
    }
  );
};
var JSONParse = (text2, reviver) => {
  if (!text2) return originalParse(text2, reviver);
  try {
    if (isContextSourceSupported()) return JSONParseV2(text2, reviver);
    const serializedData = serializeBigInts(text2);
    return originalParse(
      serializedData,
      (key, value, context2) => convertMarkedBigIntsReviver(key, value, context2, reviver)
    );
  } catch (error) {
    if (error instanceof RangeError) {
      const serializedData = serializeBigInts(text2);
      const parsed = originalParse(serializedData);
      return applyReviverIteratively(parsed, reviver);
    }
    throw error;
  }
};

// node_modules/@octokit/request-error/dist-src/index.js
var RequestError = class extends Error {
  name;
  /**
   * http status code
   */
  status;
  /**
   * Request options that lead to the error.
   */
  request;
  /**
   * Response object if a response was received
   */
  response;
  constructor(message, statusCode, options) {
    super(message, { cause: options.cause });
    this.name = "HttpError";
    this.status = Number.parseInt(statusCode);
    if (Number.isNaN(this.status)) {
      this.status = 0;
    }
    if ("response" in options) {
      this.response = options.response;
    }
    const requestCopy = Object.assign({}, options.request);
    if (options.request.headers.authorization) {
      requestCopy.headers = Object.assign({}, options.request.headers, {
        authorization: options.request.headers.authorization.replace(
          /(?<! ) .*$/,
          " [REDACTED]"
        )
      });
    }
    requestCopy.url = requestCopy.url.replace(/\bclient_secret=\w+/g, "client_secret=[REDACTED]").replace(/\baccess_token=\w+/g, "access_token=[REDACTED]");
    this.request = requestCopy;
  }
};

// node_modules/@octokit/request/dist-bundle/index.js
var VERSION2 = "10.0.16";
var defaults_default = {
  headers: {
    "user-agent": `octokit-request.js/${VERSION2} ${getUserAgent()}`
  }
};
function isPlainObject2(value) {
  if (typeof value !== "object" || value === null) return false;
  if (Object.prototype.toString.call(value) !== "[object Object]") return false;
  const proto = Object.getPrototypeOf(value);
  if (proto === null) return true;
  const Ctor = Object.prototype.hasOwnProperty.call(proto, "constructor") && proto.constructor;
  return typeof Ctor === "function" && Ctor instanceof Ctor && Function.prototype.call(Ctor) === Function.prototype.call(value);
}
var noop = () => "";
async function fetchWrapper(requestOptions) {
  const fetch = requestOptions.request?.fetch || globalThis.fetch;
  if (!fetch) {
    throw new Error(
      "fetch is not set. Please pass a fetch implementation as new Octokit({ request: { fetch }}). Learn more at https://github.com/octokit/octokit.js/#fetch-missing"
    );
  }
  const log = requestOptions.request?.log || console;
  const parseSuccessResponseBody = requestOptions.request?.parseSuccessResponseBody !== false;
  const body = isPlainObject2(requestOptions.body) || Array.isArray(requestOptions.body) ? JSONStringify(requestOptions.body) : requestOptions.body;
  const requestHeaders = Object.fromEntries(
    Object.entries(requestOptions.headers).map(([name, value]) => [
      name,
      String(value)
    ])
  );
  let fetchResponse;
  try {
    fetchResponse = await fetch(requestOptions.url, {
      method: requestOptions.method,
      body,
      redirect: requestOptions.request?.redirect,
      headers: requestHeaders,
      signal: requestOptions.request?.signal,
      // duplex must be set if request.body is ReadableStream or Async Iterables.
      // See https://fetch.spec.whatwg.org/#dom-requestinit-duplex.
      ...requestOptions.body && { duplex: "half" }
    });
  } catch (error) {
    let message = "Unknown Error";
    if (error instanceof Error) {
      if (error.name === "AbortError") {
        error.status = 500;
        throw error;
      }
      message = error.message;
      if (error.name === "TypeError" && "cause" in error) {
        if (error.cause instanceof Error) {
          message = error.cause.message;
        } else if (typeof error.cause === "string") {
          message = error.cause;
        }
      }
    }
    const requestError = new RequestError(message, 500, {
      request: requestOptions
    });
    requestError.cause = error;
    throw requestError;
  }
  const status = fetchResponse.status;
  const url = fetchResponse.url;
  const responseHeaders = {};
  for (const [key, value] of fetchResponse.headers) {
    responseHeaders[key] = value;
  }
  const octokitResponse = {
    url,
    status,
    headers: responseHeaders,
    data: ""
  };
  if ("deprecation" in responseHeaders) {
    const matches = responseHeaders.link && responseHeaders.link.match(/<([^<>]+)>; rel="deprecation"/);
    const deprecationLink = matches && matches.pop();
    log.warn(
      `[@octokit/request] "${requestOptions.method} ${requestOptions.url}" is deprecated. It is scheduled to be removed on ${responseHeaders.sunset}${deprecationLink ? `. See ${deprecationLink}` : ""}`
    );
  }
  if (status === 204 || status === 205) {
    return octokitResponse;
  }
  if (requestOptions.method === "HEAD") {
    if (status < 400) {
      return octokitResponse;
    }
    throw new RequestError(fetchResponse.statusText, status, {
      response: octokitResponse,
      request: requestOptions
    });
  }
  if (status === 304) {
    octokitResponse.data = await getResponseData(fetchResponse);
    throw new RequestError("Not modified", status, {
      response: octokitResponse,
      request: requestOptions
    });
  }
  if (status >= 400) {
    octokitResponse.data = await getResponseData(fetchResponse);
    throw new RequestError(toErrorMessage(octokitResponse.data), status, {
      response: octokitResponse,
      request: requestOptions
    });
  }
  octokitResponse.data = parseSuccessResponseBody ? await getResponseData(fetchResponse) : fetchResponse.body;
  return octokitResponse;
}
async function getResponseData(response) {
  const contentType = response.headers.get("content-type");
  if (!contentType) {
    return response.text().catch(noop);
  }
  const mimetype = parse2(contentType);
  if (isJSONResponse(mimetype)) {
    let text2 = "";
    try {
      text2 = await response.text();
      return JSONParse(text2);
    } catch (err) {
      return text2;
    }
  } else if (mimetype.type.startsWith("text/") || // `application/octet-stream` is the canonical "arbitrary binary" type
  // (RFC 2046) and must never be decoded as text, even when the response
  // carries a (misleading) `charset=utf-8` parameter — see #751.
  mimetype.parameters.charset?.toLowerCase() === "utf-8" && mimetype.type !== "application/octet-stream") {
    return response.text().catch(noop);
  } else {
    return response.arrayBuffer().catch(
      /* v8 ignore next -- @preserve */
      () => new ArrayBuffer(0)
    );
  }
}
function isJSONResponse(mimetype) {
  return mimetype.type === "application/json" || mimetype.type === "application/scim+json";
}
function toErrorMessage(data) {
  if (typeof data === "string") {
    return data;
  }
  if (data instanceof ArrayBuffer) {
    return "Unknown error";
  }
  if (typeof data === "object" && data !== null && "message" in data) {
    const objectData = data;
    const suffix = "documentation_url" in objectData ? ` - ${objectData.documentation_url}` : "";
    return Array.isArray(objectData.errors) ? `${objectData.message}: ${objectData.errors.map((v) => JSON.stringify(v)).join(", ")}${suffix}` : `${objectData.message}${suffix}`;
  }
  return `Unknown error: ${JSON.stringify(data)}`;
}
function withDefaults2(oldEndpoint, newDefaults) {
  const endpoint2 = oldEndpoint.defaults(newDefaults);
  const newApi = function(route, parameters) {
    const endpointOptions = endpoint2.merge(route, parameters);
    if (!endpointOptions.request || !endpointOptions.request.hook) {
      return fetchWrapper(endpoint2.parse(endpointOptions));
    }
    const request22 = (route2, parameters2) => {
      return fetchWrapper(
        endpoint2.parse(endpoint2.merge(route2, parameters2))
      );
    };
    Object.assign(request22, {
      endpoint: endpoint2,
      defaults: withDefaults2.bind(null, endpoint2)
    });
    return endpointOptions.request.hook(request22, endpointOptions);
  };
  return Object.assign(newApi, {
    endpoint: endpoint2,
    defaults: withDefaults2.bind(null, endpoint2)
  });
}
var request = withDefaults2(endpoint, defaults_default);

// node_modules/@octokit/graphql/dist-bundle/index.js
var VERSION3 = "0.0.0-development";
function _buildMessageForResponseErrors(data) {
  return `Request failed due to following response errors:
` + data.errors.map((e) => ` - ${e.message}`).join("\n");
}
var GraphqlResponseError = class extends Error {
  constructor(request22, headers, response) {
    super(_buildMessageForResponseErrors(response));
    this.request = request22;
    this.headers = headers;
    this.response = response;
    this.errors = response.errors;
    this.data = response.data;
    if (Error.captureStackTrace) {
      Error.captureStackTrace(this, this.constructor);
    }
  }
  request;
  headers;
  response;
  name = "GraphqlResponseError";
  errors;
  data;
};
var NON_VARIABLE_OPTIONS = [
  "method",
  "baseUrl",
  "url",
  "headers",
  "request",
  "query",
  "mediaType",
  "operationName"
];
var FORBIDDEN_VARIABLE_OPTIONS = ["query", "method", "url"];
var GHES_V3_SUFFIX_REGEX = /\/api\/v3\/?$/;
function graphql(request22, query, options) {
  if (options) {
    if (typeof query === "string" && "query" in options) {
      return Promise.reject(
        new Error(`[@octokit/graphql] "query" cannot be used as variable name`)
      );
    }
    for (const key in options) {
      if (!FORBIDDEN_VARIABLE_OPTIONS.includes(key)) continue;
      return Promise.reject(
        new Error(
          `[@octokit/graphql] "${key}" cannot be used as variable name`
        )
      );
    }
  }
  const parsedOptions = typeof query === "string" ? Object.assign({ query }, options) : query;
  const requestOptions = Object.keys(
    parsedOptions
  ).reduce((result, key) => {
    if (NON_VARIABLE_OPTIONS.includes(key)) {
      result[key] = parsedOptions[key];
      return result;
    }
    if (!result.variables) {
      result.variables = {};
    }
    result.variables[key] = parsedOptions[key];
    return result;
  }, {});
  const baseUrl = parsedOptions.baseUrl || request22.endpoint.DEFAULTS.baseUrl;
  if (GHES_V3_SUFFIX_REGEX.test(baseUrl)) {
    requestOptions.url = baseUrl.replace(GHES_V3_SUFFIX_REGEX, "/api/graphql");
  }
  return request22(requestOptions).then((response) => {
    if (response.data.errors) {
      const headers = {};
      for (const key of Object.keys(response.headers)) {
        headers[key] = response.headers[key];
      }
      throw new GraphqlResponseError(
        requestOptions,
        headers,
        response.data
      );
    }
    return response.data.data;
  });
}
function withDefaults3(request22, newDefaults) {
  const newRequest = request22.defaults(newDefaults);
  const newApi = (query, options) => {
    return graphql(newRequest, query, options);
  };
  return Object.assign(newApi, {
    defaults: withDefaults3.bind(null, newRequest),
    endpoint: newRequest.endpoint
  });
}
var graphql2 = withDefaults3(request, {
  headers: {
    "user-agent": `octokit-graphql.js/${VERSION3} ${getUserAgent()}`
  },
  method: "POST",
  url: "/graphql"
});
function withCustomRequest(customRequest) {
  return withDefaults3(customRequest, {
    method: "POST",
    url: "/graphql"
  });
}

// node_modules/@octokit/auth-token/dist-bundle/index.js
var b64url = "(?:[a-zA-Z0-9_-]+)";
var sep = "\\.";
var jwtRE = new RegExp(`^${b64url}${sep}${b64url}${sep}${b64url}$`);
var isJWT = jwtRE.test.bind(jwtRE);
async function auth(token) {
  const isApp = isJWT(token);
  const isInstallation = token.startsWith("v1.") || token.startsWith("ghs_");
  const isUserToServer = token.startsWith("ghu_");
  const tokenType = isApp ? "app" : isInstallation ? "installation" : isUserToServer ? "user-to-server" : "oauth";
  return {
    type: "token",
    token,
    tokenType
  };
}
function withAuthorizationPrefix(token) {
  if (token.split(/\./).length === 3) {
    return `bearer ${token}`;
  }
  return `token ${token}`;
}
async function hook(token, request4, route, parameters) {
  const endpoint2 = request4.endpoint.merge(
    route,
    parameters
  );
  endpoint2.headers.authorization = withAuthorizationPrefix(token);
  return request4(endpoint2);
}
var createTokenAuth = function createTokenAuth2(token) {
  if (!token) {
    throw new Error("[@octokit/auth-token] No token passed to createTokenAuth");
  }
  if (typeof token !== "string") {
    throw new Error(
      "[@octokit/auth-token] Token passed to createTokenAuth is not a string"
    );
  }
  token = token.replace(/^(token|bearer) +/i, "");
  return Object.assign(auth.bind(null, token), {
    hook: hook.bind(null, token)
  });
};

// node_modules/@octokit/core/dist-src/version.js
var VERSION4 = "7.0.8";

// node_modules/@octokit/core/dist-src/index.js
var noop2 = () => {
};
var consoleWarn = console.warn.bind(console);
var consoleError = console.error.bind(console);
function createLogger(logger = {}) {
  if (typeof logger.debug !== "function") {
    logger.debug = noop2;
  }
  if (typeof logger.info !== "function") {
    logger.info = noop2;
  }
  if (typeof logger.warn !== "function") {
    logger.warn = consoleWarn;
  }
  if (typeof logger.error !== "function") {
    logger.error = consoleError;
  }
  return logger;
}
var userAgentTrail = `octokit-core.js/${VERSION4} ${getUserAgent()}`;
var Octokit = class {
  static VERSION = VERSION4;
  static defaults(defaults) {
    const OctokitWithDefaults = class extends this {
      constructor(...args) {
        const options = args[0] || {};
        if (typeof defaults === "function") {
          super(defaults(options));
          return;
        }
        super(
          Object.assign(
            {},
            defaults,
            options,
            options.userAgent && defaults.userAgent ? {
              userAgent: `${options.userAgent} ${defaults.userAgent}`
            } : null
          )
        );
      }
    };
    return OctokitWithDefaults;
  }
  static plugins = [];
  /**
   * Attach a plugin (or many) to your Octokit instance.
   *
   * @example
   * const API = Octokit.plugin(plugin1, plugin2, plugin3, ...)
   */
  static plugin(...newPlugins) {
    const currentPlugins = this.plugins;
    const NewOctokit = class extends this {
      static plugins = currentPlugins.concat(
        newPlugins.filter((plugin) => !currentPlugins.includes(plugin))
      );
    };
    return NewOctokit;
  }
  constructor(options = {}) {
    const hook2 = new before_after_hook_default.Collection();
    const requestDefaults = {
      baseUrl: request.endpoint.DEFAULTS.baseUrl,
      headers: {},
      request: Object.assign({}, options.request, {
        // @ts-ignore internal usage only, no need to type
        hook: hook2.bind(null, "request")
      }),
      mediaType: {
        previews: [],
        format: ""
      }
    };
    requestDefaults.headers["user-agent"] = options.userAgent ? `${options.userAgent} ${userAgentTrail}` : userAgentTrail;
    if (options.baseUrl) {
      requestDefaults.baseUrl = options.baseUrl;
    }
    if (options.previews) {
      requestDefaults.mediaType.previews = options.previews;
    }
    if (options.timeZone) {
      requestDefaults.headers["time-zone"] = options.timeZone;
    }
    this.request = request.defaults(requestDefaults);
    this.graphql = withCustomRequest(this.request).defaults(requestDefaults);
    this.log = createLogger(options.log);
    this.hook = hook2;
    if (!options.authStrategy) {
      if (!options.auth) {
        this.auth = async () => ({
          type: "unauthenticated"
        });
      } else {
        const auth2 = createTokenAuth(options.auth);
        hook2.wrap("request", auth2.hook);
        this.auth = auth2;
      }
    } else {
      const { authStrategy, ...otherOptions } = options;
      const auth2 = authStrategy(
        Object.assign(
          {
            request: this.request,
            log: this.log,
            // we pass the current octokit instance as well as its constructor options
            // to allow for authentication strategies that return a new octokit instance
            // that shares the same internal state as the current one. The original
            // requirement for this was the "event-octokit" authentication strategy
            // of https://github.com/probot/octokit-auth-probot.
            octokit: this,
            octokitOptions: otherOptions
          },
          options.auth
        )
      );
      hook2.wrap("request", auth2.hook);
      this.auth = auth2;
    }
    const classConstructor = this.constructor;
    for (let i = 0; i < classConstructor.plugins.length; ++i) {
      Object.assign(this, classConstructor.plugins[i](this, options));
    }
  }
  // assigned during constructor
  request;
  graphql;
  log;
  hook;
  // TODO: type `octokit.auth` based on passed options.authStrategy
  auth;
};

// node_modules/@octokit/plugin-request-log/dist-src/version.js
var VERSION5 = "6.0.0";

// node_modules/@octokit/plugin-request-log/dist-src/index.js
function requestLog(octokit) {
  octokit.hook.wrap("request", (request4, options) => {
    octokit.log.debug("request", options);
    const start = Date.now();
    const requestOptions = octokit.request.endpoint.parse(options);
    const path = requestOptions.url.replace(options.baseUrl, "");
    return request4(options).then((response) => {
      const requestId2 = response.headers["x-github-request-id"];
      octokit.log.info(
        `${requestOptions.method} ${path} - ${response.status} with id ${requestId2} in ${Date.now() - start}ms`
      );
      return response;
    }).catch((error) => {
      const requestId2 = error.response?.headers["x-github-request-id"] || "UNKNOWN";
      octokit.log.error(
        `${requestOptions.method} ${path} - ${error.status} with id ${requestId2} in ${Date.now() - start}ms`
      );
      throw error;
    });
  });
}
requestLog.VERSION = VERSION5;

// node_modules/@octokit/plugin-paginate-rest/dist-bundle/index.js
var VERSION6 = "0.0.0-development";
function normalizePaginatedListResponse(response) {
  if (!response.data) {
    return {
      ...response,
      data: []
    };
  }
  const responseNeedsNormalization = ("total_count" in response.data || "total_commits" in response.data) && !("url" in response.data);
  if (!responseNeedsNormalization) return response;
  const incompleteResults = response.data.incomplete_results;
  const repositorySelection = response.data.repository_selection;
  const totalCount = response.data.total_count;
  const totalCommits = response.data.total_commits;
  delete response.data.incomplete_results;
  delete response.data.repository_selection;
  delete response.data.total_count;
  delete response.data.total_commits;
  const namespaceKey = Object.keys(response.data)[0];
  const data = response.data[namespaceKey];
  response.data = data;
  if (typeof incompleteResults !== "undefined") {
    response.data.incomplete_results = incompleteResults;
  }
  if (typeof repositorySelection !== "undefined") {
    response.data.repository_selection = repositorySelection;
  }
  response.data.total_count = totalCount;
  response.data.total_commits = totalCommits;
  return response;
}
function iterator(octokit, route, parameters) {
  const options = typeof route === "function" ? route.endpoint(parameters) : octokit.request.endpoint(route, parameters);
  const requestMethod = typeof route === "function" ? route : octokit.request;
  const method = options.method;
  const headers = options.headers;
  let url = options.url;
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (!url) return { done: true };
        try {
          const response = await requestMethod({ method, url, headers });
          const normalizedResponse = normalizePaginatedListResponse(response);
          url = ((normalizedResponse.headers.link || "").match(
            /<([^<>]+)>;\s*rel="next"/
          ) || [])[1];
          if (!url && "total_commits" in normalizedResponse.data) {
            const parsedUrl = new URL(normalizedResponse.url);
            const params = parsedUrl.searchParams;
            const page = parseInt(params.get("page") || "1", 10);
            const per_page = parseInt(params.get("per_page") || "250", 10);
            if (page * per_page < normalizedResponse.data.total_commits) {
              params.set("page", String(page + 1));
              url = parsedUrl.toString();
            }
          }
          return { value: normalizedResponse };
        } catch (error) {
          if (error.status !== 409) throw error;
          url = "";
          return {
            value: {
              status: 200,
              headers: {},
              data: []
            }
          };
        }
      }
    })
  };
}
function paginate(octokit, route, parameters, mapFn) {
  if (typeof parameters === "function") {
    mapFn = parameters;
    parameters = void 0;
  }
  return gather(
    octokit,
    [],
    iterator(octokit, route, parameters)[Symbol.asyncIterator](),
    mapFn
  );
}
function gather(octokit, results, iterator2, mapFn) {
  return iterator2.next().then((result) => {
    if (result.done) {
      return results;
    }
    let earlyExit = false;
    function done() {
      earlyExit = true;
    }
    results = results.concat(
      mapFn ? mapFn(result.value, done) : result.value.data
    );
    if (earlyExit) {
      return results;
    }
    return gather(octokit, results, iterator2, mapFn);
  });
}
var composePaginateRest = Object.assign(paginate, {
  iterator
});
function paginateRest(octokit) {
  return {
    paginate: Object.assign(paginate.bind(null, octokit), {
      iterator: iterator.bind(null, octokit)
    })
  };
}
paginateRest.VERSION = VERSION6;

// node_modules/@octokit/plugin-rest-endpoint-methods/dist-src/version.js
var VERSION7 = "17.0.0";

// node_modules/@octokit/plugin-rest-endpoint-methods/dist-src/generated/endpoints.js
var endpoints_default = {
  "git": {
    "createCommit": [
      "POST /repos/{owner}/{repo}/git/commits"
    ],
    "getCommit": [
      "GET /repos/{owner}/{repo}/git/commits/{commit_sha}"
    ],
    "createTree": [
      "POST /repos/{owner}/{repo}/git/trees"
    ],
    "deleteRef": [
      "DELETE /repos/{owner}/{repo}/git/refs/{ref}"
    ],
    "createRef": [
      "POST /repos/{owner}/{repo}/git/refs"
    ],
    "updateRef": [
      "PATCH /repos/{owner}/{repo}/git/refs/{ref}"
    ],
    "getRef": [
      "GET /repos/{owner}/{repo}/git/ref/{ref}"
    ],
    "listMatchingRefs": [
      "GET /repos/{owner}/{repo}/git/matching-refs/{ref}"
    ]
  },
  "repos": {
    "listCommits": [
      "GET /repos/{owner}/{repo}/commits"
    ],
    "get": [
      "GET /repos/{owner}/{repo}"
    ]
  },
  "actions": {
    "getJobForWorkflowRun": [
      "GET /repos/{owner}/{repo}/actions/jobs/{job_id}"
    ],
    "getWorkflowRun": [
      "GET /repos/{owner}/{repo}/actions/runs/{run_id}"
    ],
    "listJobsForWorkflowRunAttempt": [
      "GET /repos/{owner}/{repo}/actions/runs/{run_id}/attempts/{attempt_number}/jobs"
    ]
  }
};

// node_modules/@octokit/plugin-rest-endpoint-methods/dist-src/endpoints-to-methods.js
var endpointMethodsMap = /* @__PURE__ */ new Map();
for (const [scope, endpoints] of Object.entries(endpoints_default)) {
  for (const [methodName, endpoint2] of Object.entries(endpoints)) {
    const [route, defaults, decorations] = endpoint2;
    const [method, url] = route.split(/ /);
    const endpointDefaults = Object.assign(
      {
        method,
        url
      },
      defaults
    );
    if (!endpointMethodsMap.has(scope)) {
      endpointMethodsMap.set(scope, /* @__PURE__ */ new Map());
    }
    endpointMethodsMap.get(scope).set(methodName, {
      scope,
      methodName,
      endpointDefaults,
      decorations
    });
  }
}
var handler = {
  has({ scope }, methodName) {
    return endpointMethodsMap.get(scope).has(methodName);
  },
  getOwnPropertyDescriptor(target2, methodName) {
    return {
      value: this.get(target2, methodName),
      // ensures method is in the cache
      configurable: true,
      writable: true,
      enumerable: true
    };
  },
  defineProperty(target2, methodName, descriptor) {
    Object.defineProperty(target2.cache, methodName, descriptor);
    return true;
  },
  deleteProperty(target2, methodName) {
    delete target2.cache[methodName];
    return true;
  },
  ownKeys({ scope }) {
    return [...endpointMethodsMap.get(scope).keys()];
  },
  set(target2, methodName, value) {
    return target2.cache[methodName] = value;
  },
  get({ octokit, scope, cache }, methodName) {
    if (cache[methodName]) {
      return cache[methodName];
    }
    const method = endpointMethodsMap.get(scope).get(methodName);
    if (!method) {
      return void 0;
    }
    const { endpointDefaults, decorations } = method;
    if (decorations) {
      cache[methodName] = decorate(
        octokit,
        scope,
        methodName,
        endpointDefaults,
        decorations
      );
    } else {
      cache[methodName] = octokit.request.defaults(endpointDefaults);
    }
    return cache[methodName];
  }
};
function endpointsToMethods(octokit) {
  const newMethods = {};
  for (const scope of endpointMethodsMap.keys()) {
    newMethods[scope] = new Proxy({ octokit, scope, cache: {} }, handler);
  }
  return newMethods;
}
function decorate(octokit, scope, methodName, defaults, decorations) {
  const requestWithDefaults = octokit.request.defaults(defaults);
  function withDecorations(...args) {
    let options = requestWithDefaults.endpoint.merge(...args);
    if (decorations.mapToData) {
      options = Object.assign({}, options, {
        data: options[decorations.mapToData],
        [decorations.mapToData]: void 0
      });
      return requestWithDefaults(options);
    }
    if (decorations.renamed) {
      const [newScope, newMethodName] = decorations.renamed;
      octokit.log.warn(
        `octokit.${scope}.${methodName}() has been renamed to octokit.${newScope}.${newMethodName}()`
      );
    }
    if (decorations.deprecated) {
      octokit.log.warn(decorations.deprecated);
    }
    if (decorations.renamedParameters) {
      const options2 = requestWithDefaults.endpoint.merge(...args);
      for (const [name, alias] of Object.entries(
        decorations.renamedParameters
      )) {
        if (name in options2) {
          octokit.log.warn(
            `"${name}" parameter is deprecated for "octokit.${scope}.${methodName}()". Use "${alias}" instead`
          );
          if (!(alias in options2)) {
            options2[alias] = options2[name];
          }
          delete options2[name];
        }
      }
      return requestWithDefaults(options2);
    }
    return requestWithDefaults(...args);
  }
  return Object.assign(withDecorations, requestWithDefaults);
}

// node_modules/@octokit/plugin-rest-endpoint-methods/dist-src/index.js
function restEndpointMethods(octokit) {
  const api = endpointsToMethods(octokit);
  return {
    rest: api
  };
}
restEndpointMethods.VERSION = VERSION7;
function legacyRestEndpointMethods(octokit) {
  const api = endpointsToMethods(octokit);
  return {
    ...api,
    rest: api
  };
}
legacyRestEndpointMethods.VERSION = VERSION7;

// node_modules/@octokit/rest/dist-src/version.js
var VERSION8 = "22.0.1";

// node_modules/@octokit/rest/dist-src/index.js
var Octokit2 = Octokit.plugin(requestLog, legacyRestEndpointMethods, paginateRest).defaults(
  {
    userAgent: `octokit-rest.js/${VERSION8}`
  }
);

// builtin:http
var builtin2 = () => __require("node:http");
var request2 = (...given) => builtin2().request(...given);

// builtin:https
var builtin3 = () => __require("node:https");
var request3 = (...given) => builtin3().request(...given);

// src/github/exchange.ts
var MOST_REDIRECTS = 20;
async function exchange(url, asked) {
  let [target2, question] = [new URL(url), asked];
  for (let redirects = 0; ; redirects++) {
    const answer = await ask(target2, question);
    const next = redirectOf(answer, target2);
    if (next === null || redirects === MOST_REDIRECTS) return answered(answer, target2, question.signal);
    answer.resume();
    question = redirected(question, answer.statusCode ?? 0, next.origin === target2.origin);
    target2 = next;
  }
}
function ask(target2, { method, headers, body, signal }) {
  const request4 = target2.protocol === "https:" ? request3 : request2;
  const length = body === void 0 ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const options = { method, headers: { ...headers, ...length }, ...signal && { signal } };
  return new Promise((resolve, reject) => {
    const asking = request4(target2, options, resolve);
    asking.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
    asking.end(body);
  });
}
function redirectOf({ statusCode = 0, headers: { location } }, from) {
  if (location === void 0 || ![301, 302, 303, 307, 308].includes(statusCode)) return null;
  const next = URL.parse(location, from.href);
  return next !== null && /^https?:$/.test(next.protocol) ? next : null;
}
function redirected({ headers, ...asked }, status, isSameOrigin) {
  const kept = Object.entries(headers).filter(
    ([name]) => isSameOrigin || !/^(authorization|cookie)$/i.test(name)
  );
  const isFetched = status === 303 ? asked.method !== "HEAD" : status < 303 && asked.method === "POST";
  const ofBody = /^content-/i;
  const plain2 = kept.filter(([name]) => !(isFetched && ofBody.test(name)));
  return {
    ...asked,
    ...isFetched ? { method: "GET", body: void 0 } : {},
    headers: Object.fromEntries(plain2)
  };
}
function answered(answer, target2, signal) {
  const body = gather2(answer, signal);
  body.catch(() => {
  });
  const headers = Object.entries(answer.headers).flatMap(
    ([name, value]) => value === void 0 ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]]
  );
  return {
    status: answer.statusCode ?? 0,
    statusText: answer.statusMessage ?? "",
    url: target2.href,
    headers: new Map(headers),
    text: async () => (await body).toString(),
    arrayBuffer: async () => new Uint8Array(await body).buffer
  };
}
function gather2(answer, signal) {
  return new Promise((resolve, reject) => {
    const chunks = [];
    answer.on("data", (chunk) => chunks.push(chunk));
    answer.on("end", () => resolve(Buffer.concat(chunks)));
    answer.on("error", (error) => reject(signal?.aborted ? signal.reason : error));
  });
}

// src/github/failure.ts
var REQUEST_TIMEOUT_MS = 2e4;
function answerOf(error) {
  if (typeof error !== "object" || error === null || !("response" in error)) return null;
  const response = error.response;
  if (typeof response?.status !== "number") return null;
  const data = response.data;
  const message = typeof data?.message === "string" ? data.message : null;
  return {
    status: response.status,
    headers: response.headers ?? {},
    message: message ?? "",
    isWhole: message !== null
  };
}
var TOLD_BY_TEXT = [403, 408, 409, 422];
function meaningOf(error, repository) {
  if (error instanceof LockError) return error;
  const answer = answerOf(error);
  if (isGraphqlFailure(error))
    return new LockError("refused", `GitHub refused the query: ${error.message}`, { cause: error });
  if (answer === null) return unreachable(`GitHub's API did not answer: ${reasonOf(error)}`, error);
  const pause2 = throttledBy(answer, error);
  if (pause2 !== null) return pause2;
  if (!answer.isWhole && TOLD_BY_TEXT.includes(answer.status)) {
    return unreachable(`GitHub's answer ${answer.status} broke off${requestId(answer)}`, error);
  }
  if (answer.status === 401) {
    return new LockError(
      "denied",
      "GitHub does not accept the token: it has expired, was revoked, or is not a token. A GITHUB_TOKEN ends with its job, at the latest after 24 hours, an App's token after one hour. Check the input `token`.",
      { cause: error }
    );
  }
  if (answer.status === 403)
    return new LockError("denied", deniedMessage(answer, repository), { cause: error });
  if (answer.status >= 500) {
    return unreachable(`GitHub answered ${answer.status}${requestId(answer)}`, error);
  }
  if (answer.status === 404) {
    return new LockError(
      "denied",
      `There is no repository ${repository}, or the token may not see it. Check the inputs \`repository\` and \`token\`, and that the job has \`permissions: contents: write\`.`,
      { cause: error }
    );
  }
  return new LockError("refused", `GitHub answered ${answer.status}: ${answer.message}${requestId(answer)}`, {
    cause: error
  });
}
function isGraphqlFailure(error) {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}
function unreachable(message, cause) {
  return new LockError("unreachable", message, { cause });
}
function reasonOf(error) {
  if (!(error instanceof Error)) return "unknown failure";
  if (error.name === "TimeoutError" || /timeout/i.test(error.message))
    return `no answer within ${REQUEST_TIMEOUT_MS / 1e3} s`;
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string" && /^[A-Z_]+$/.test(cause.code)) return cause.code;
  }
  return "the connection failed";
}
function throttledBy(answer, cause) {
  const pauseMs = throttledForMs(answer);
  if (pauseMs === null) return null;
  const isUsedUp = String(answer.headers["x-ratelimit-remaining"]) === "0";
  const which = isUsedUp ? "the hourly budget is used up" : "too many requests at once";
  const message = `GitHub asks for a pause of ${Math.ceil(pauseMs / 1e3)} s: ${which}${requestId(answer)}`;
  return new LockError("throttled", message, { retryAfterMs: pauseMs, cause });
}
function throttledForMs({
  status,
  headers,
  message
}) {
  if (status !== 403 && status !== 429) return null;
  const retryAfter = Number(headers["retry-after"]);
  if (headers["retry-after"] !== void 0 && Number.isFinite(retryAfter))
    return Math.max(1, retryAfter) * 1e3;
  if (String(headers["x-ratelimit-remaining"]) === "0") {
    const now = Date.parse(String(headers.date ?? "")) || Date.now();
    return Math.max(1e3, Number(headers["x-ratelimit-reset"]) * 1e3 - now || 6e4);
  }
  return status === 429 || /rate limit|abuse detection/i.test(message) ? 6e4 : null;
}
function deniedMessage({ headers, message }, repository) {
  const wanted = String(headers["x-accepted-github-permissions"] ?? "contents=write").split(/[;,]/)[0] ?? "";
  const permission = wanted.trim().replace("=", ": ");
  return `The token may not do this in ${repository} (${message}). Write \`permissions: { contents: write, actions: read }\` in the workflow or its job; \`${permission}\` is what is missing. Runs for pull requests from forks, and Dependabot's, get a read-only token whatever the workflow says.`;
}
function requestId({ headers }) {
  const id = headers["x-github-request-id"];
  return id === void 0 ? "" : ` (request ${id})`;
}
function whole(data, isWhole) {
  if (!isWhole(data)) throw unreachable("GitHub's answer broke off");
  return data;
}

// src/github/client.ts
async function connect(connection) {
  const [owner = "", repo = ""] = connection.repository.split("/");
  const octokit = new Octokit2({
    auth: connection.token,
    baseUrl: connection.apiUrl,
    userAgent: "reflock",
    // Octokit would print deprecations and failures itself; what is to be said of a failure is said once, by whoever asked.
    log: { debug() {
    }, info() {
    }, warn() {
    }, error() {
    } },
    request: await transport()
  });
  const send = async (request4) => {
    try {
      return await request4({ signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS) });
    } catch (error) {
      throw meaningOf(error, connection.repository);
    }
  };
  let answeredAtMs = null;
  const readClock = ({ headers }) => {
    answeredAtMs = Date.parse(headers.date ?? "") || answeredAtMs;
  };
  octokit.hook.after("request", readClock);
  octokit.hook.error("request", (error) => {
    const answer = answerOf(error);
    if (answer !== null) readClock({ headers: { date: String(answer.headers.date ?? "") } });
    throw error;
  });
  return { octokit, owner, repo, send, answeredAtMs: () => answeredAtMs };
}
async function transport() {
  const { https_proxy, HTTPS_PROXY, http_proxy, HTTP_PROXY } = process.env;
  if (!(https_proxy || HTTPS_PROXY || http_proxy || HTTP_PROXY)) return { fetch: exchange };
  const { proxyFetch } = await import("./proxy.js");
  return { fetch: proxyFetch };
}

// src/lock/verdict.ts
var DEAD_AFTER_MS = 1e4;
function ageMs({ clock: clock2, date }, { readAtMs, seenMs }, ...keys) {
  if (clock2 === "server" && readAtMs !== null) return readAtMs - Date.parse(date);
  const seen2 = keys.find((key) => seenMs.has(key));
  return seen2 === void 0 ? 0 : seenMs.get(seen2) ?? 0;
}
function deathOf(claim, commit, verdict, now, isFrozen) {
  if (isFrozen) return null;
  if (verdict?.state === "dead")
    return { outcome: "taken-over", why: verdict.why, forMs: deadForMs(verdict, commit, now) };
  const over = limitsOf(claim, commit, now).find(({ leftMs: leftMs2 }) => leftMs2 < 0);
  return over === void 0 ? null : { outcome: "expired", why: over.why, forMs: -over.leftMs };
}
function leftMs(claim, commit, now) {
  return Math.min(...limitsOf(claim, commit, now).map((limit) => limit.leftMs));
}
function limitsOf(claim, commit, now) {
  const { clock: clock2, acquiredClock, maxHoldSeconds, leaseSeconds } = claim;
  const acquired = { clock: acquiredClock, date: claim.acquiredAt ?? commit.date };
  const heldMs = ageMs(acquired, now, claim.nonce, commit.oid);
  const renewedMs = ageMs({ clock: clock2, date: commit.date }, now, commit.oid);
  return [
    { leftMs: (maxHoldSeconds ?? Infinity) * 1e3 - heldMs, why: "it is past its max-hold" },
    { leftMs: (leaseSeconds ?? Infinity) * 1e3 - renewedMs, why: "its lease ran out" }
  ];
}
function deadForMs({ sinceMs }, commit, { readAtMs, seenMs }) {
  if (readAtMs !== null) return readAtMs - (sinceMs ?? Date.parse(commit.date));
  return seenMs.get(deathKey(commit.oid)) ?? 0;
}
function deathKey(oid) {
  return `dead-${oid}`;
}

// src/github/conditional.ts
function conditionalReads() {
  const answers = /* @__PURE__ */ new Map();
  return async (client, about, request4) => {
    const before = answers.get(about);
    return await client.send(async ({ signal }) => {
      try {
        const headers = before === void 0 ? {} : { "if-none-match": before.etag };
        const { value, etag } = await request4({ headers, request: { signal } });
        if (etag === void 0) answers.delete(about);
        else answers.set(about, { etag, value });
        return value;
      } catch (error) {
        if (before === void 0 || answerOf(error)?.status !== 304) throw error;
        return before.value;
      }
    });
  };
}

// src/github/liveness.ts
var PAGE = 100;
function openLiveness(client) {
  const conditional = conditionalReads();
  const ask4 = (run, about, isWhole, request4) => {
    const [owner = "", repo = ""] = run.repository.split("/");
    return conditional(client, `${run.repository} ${about}`, async (options) => {
      const { data, headers } = await request4({ owner, repo, ...options });
      return { value: whole(data, isWhole), etag: headers.etag };
    });
  };
  return {
    async judge(subject) {
      const { run } = subject.who;
      if (run === null) return unknown("it is a process, of which the API knows nothing");
      if (!isRepository(run.repository)) return unknown("it names no repository");
      try {
        return inTime(await judgeRun(client, ask4, subject, run), subject);
      } catch (error) {
        return notTold(error, run);
      }
    }
  };
}
async function judgeRun(client, ask4, subject, run) {
  const isJob = subject.kind === "ticket" || subject.scope === "job";
  if (isJob && run.jobId !== null) {
    const [job, attempt] = await Promise.all([
      judgeJob(client, ask4, run, run.jobId),
      subject.isThorough ? judgeAttempt(client, ask4, run) : null
    ]);
    return job.state === "alive" && attempt?.state === "dead" ? attempt : job;
  }
  const verdict = await judgeAttempt(client, ask4, run);
  return isJob && verdict.state === "alive" && run.runner !== "" ? await judgeRunner(client, ask4, run) : verdict;
}
function inTime(verdict, { writtenAtMs }) {
  const isEarlier = verdict.sinceMs !== null && writtenAtMs !== null && verdict.sinceMs < writtenAtMs - 1e3;
  return isEarlier ? unknown("GitHub's answer is older than its claim") : verdict;
}
function has(field, type) {
  return (data) => typeof data === "object" && data !== null && typeof data[field] === type;
}
async function judgeJob(client, ask4, run, id) {
  const job = await ask4(
    run,
    `job ${id}`,
    has("run_id", "number"),
    (at) => client.octokit.actions.getJobForWorkflowRun({ ...at, job_id: id })
  );
  if (job.run_id !== run.id) return unknown(`job ${id} belongs to another run than it says`);
  return isOver(job, client) ? dead(`its job ${ended(job)}`, job.completed_at) : alive(`its job is ${job.status}`);
}
async function judgeAttempt(client, ask4, run) {
  const found = await ask4(
    run,
    `run ${run.id}`,
    has("status", "string"),
    (at) => client.octokit.actions.getWorkflowRun({ ...at, run_id: run.id })
  );
  const attempt = found.run_attempt ?? 1;
  if (attempt > run.attempt)
    return dead(`its run was started again, as attempt ${attempt}`, found.run_started_at ?? null);
  if (attempt < run.attempt) return unknown(`GitHub still shows attempt ${attempt} of its run`);
  const over = { status: found.status ?? "", conclusion: found.conclusion, completed_at: found.updated_at };
  return isOver(over, client) ? dead(`its run ${ended(over)}`, found.updated_at) : alive(`its run is ${found.status}`);
}
async function judgeRunner(client, ask4, run) {
  const jobs = [];
  const isList = (data) => Array.isArray(data?.jobs);
  for (let page = 1, more = true; more; page++) {
    const listed2 = await ask4(
      run,
      `jobs of ${run.id} ${run.attempt} ${page}`,
      isList,
      (at) => client.octokit.actions.listJobsForWorkflowRunAttempt({
        ...at,
        run_id: run.id,
        attempt_number: run.attempt,
        per_page: PAGE,
        page
      })
    );
    jobs.push(...listed2.jobs);
    more = listed2.jobs.length === PAGE;
  }
  const ours = jobs.filter((job) => job.runner_name === run.runner);
  const last = ours.toSorted((a, b) => (a.completed_at ?? "").localeCompare(b.completed_at ?? "")).at(-1);
  if (last === void 0) return unknown(`no job of its run is listed on the runner ${run.runner}`);
  const isDead = ours.every((job) => isOver(job, client));
  return isDead ? dead(`its job on ${run.runner} ${ended(last)}`, last.completed_at) : alive("its job is not completed");
}
function isOver({ status, completed_at }, client) {
  const now = client.answeredAtMs();
  if (status !== "completed" || completed_at === null || now === null) return false;
  return Date.parse(completed_at) + DEAD_AFTER_MS <= now;
}
function ended({ conclusion }) {
  return conclusion === null ? "is completed" : `is completed (${conclusion})`;
}
function dead(why, since) {
  return { state: "dead", why, sinceMs: since === null ? null : Date.parse(since) };
}
function alive(why) {
  return { state: "alive", why, sinceMs: null };
}
function unknown(why) {
  return { state: "unknown", why, sinceMs: null };
}
function notTold(error, run) {
  if (!(error instanceof LockError)) throw error;
  if (error.kind === "throttled") throw error;
  const status = answerOf(error.cause)?.status;
  if (status === 404)
    return unknown(
      `GitHub knows no such run or job in ${run.repository} any more, or does not show it to this token, which needs \`permissions: actions: read\``
    );
  if (status === 403) return unknown(`the token may not read runs, add \`permissions: actions: read\``);
  return unknown(error.message);
}

// src/github/commits.ts
var EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
function openCommits(client) {
  const { octokit, owner, repo, send } = client;
  const known = /* @__PURE__ */ new Map();
  let tree = EMPTY_TREE;
  const keep2 = (commit) => {
    known.set(commit.oid, commit);
    return commit;
  };
  const create2 = async (message, parents) => {
    const { data } = await send(
      (request4) => orBehind(octokit.git.createCommit({ owner, repo, message, tree, parents, request: request4 }), /parent/i)
    );
    const { sha, parents: made, committer } = whole(data, hasSha);
    return keep2(toCommit(sha, made, message, committer?.date));
  };
  return {
    async at(ref) {
      const commit = await objectAt(client, ref);
      return commit === null ? null : keep2(commit);
    },
    async read(oid) {
      const commit = known.get(oid);
      if (commit !== void 0) return commit;
      const { data } = await send(
        (request4) => orBehind(octokit.git.getCommit({ owner, repo, commit_sha: oid, request: request4 }))
      );
      const found = whole(data, hasSha);
      return keep2(toCommit(found.sha, found.parents, found.message, found.committer?.date));
    },
    async history(oid, limit) {
      const { data } = await send(
        (request4) => orBehind(octokit.repos.listCommits({ owner, repo, sha: oid, per_page: limit, request: request4 }))
      );
      for (const { sha, parents, commit } of whole(data, Array.isArray)) {
        keep2(toCommit(sha, parents, commit.message, commit.committer?.date));
      }
      return inOrder(oid, known, limit);
    },
    async write(message, parent) {
      const parents = parent === null ? [] : [parent];
      try {
        return await create2(message, parents);
      } catch (error) {
        if (!isTreeRefused(error) || tree !== EMPTY_TREE) throw error;
        tree = await makeTree(client);
        return await create2(message, parents);
      }
    }
  };
}
async function objectAt({ octokit, owner, repo, send }, ref) {
  const query = `query ($owner: String!, $repo: String!, $ref: String!) {
    repository(owner: $owner, name: $repo) {
      object(expression: $ref) { ... on Commit { oid message committedDate parents(first: 1) { nodes { oid } } } }
    }
  }`;
  try {
    const found = await send((request4) => octokit.graphql(query, { owner, repo, ref, request: request4 }));
    const commit = found.repository?.object;
    if (commit?.oid === void 0) return null;
    const parents = commit.parents.nodes.map(({ oid }) => oid);
    return { oid: commit.oid, parents, message: commit.message, date: utc(commit.committedDate) };
  } catch (error) {
    if (error instanceof LockError && error.kind !== "refused") throw error;
    return null;
  }
}
async function makeTree({ octokit, owner, repo, send }) {
  const file = {
    path: "reflock",
    mode: "100644",
    type: "blob",
    content: "A lock: its records are the commit messages.\n"
  };
  const { data } = await send(
    ({ signal }) => octokit.git.createTree({ owner, repo, tree: [file], request: { signal } })
  );
  return whole(data, hasSha).sha;
}
function hasSha(data) {
  return typeof data?.sha === "string";
}
function isTreeRefused(error) {
  const answer = error instanceof LockError ? answerOf(error.cause) : null;
  return answer?.status === 422 && /tree/i.test(answer.message);
}
async function orBehind(request4, text2 = /./) {
  try {
    return await request4;
  } catch (error) {
    const answer = answerOf(error);
    if (answer === null || ![404, 409, 422].includes(answer.status) || !text2.test(answer.message))
      throw error;
    throw unreachable("GitHub does not know a commit yet which it has", error);
  }
}
function toCommit(oid, parents, message, date) {
  if (typeof oid !== "string" || !Array.isArray(parents)) throw unreachable("GitHub's answer broke off");
  return {
    oid,
    parents: parents.flatMap(({ sha }) => sha === void 0 ? [] : [sha]),
    message,
    date: utc(date ?? "")
  };
}
function utc(date) {
  const time = Date.parse(date);
  return Number.isNaN(time) ? "1970-01-01T00:00:00Z" : new Date(time).toISOString().replace(".000Z", "Z");
}
function inOrder(from, commits, limit) {
  const ordered = [];
  for (let oid = from; oid !== void 0 && ordered.length < limit; ) {
    const commit = commits.get(oid);
    if (commit === void 0) break;
    ordered.push(commit);
    oid = commit.parents[0];
  }
  if (ordered.length === 0)
    throw unreachable("GitHub's list of commits does not begin with the one that was asked for");
  return ordered;
}

// src/github/log-alone.ts
function decidingOf(changes) {
  const deciding = changes.find(({ ref }) => isLogRef(ref)) ?? changes[0];
  if (deciding === void 0)
    throw new LockError("bug", "A transaction was to be sent that changes nothing.");
  return deciding;
}
async function compareLog(client, changes) {
  const deciding = decidingOf(changes);
  const outcome = await change(client, deciding, !isLogRef(deciding.ref));
  if (outcome !== "applied") return outcome;
  await Promise.all(changes.filter((other) => other !== deciding).map((other) => follow(client, other)));
  return "applied";
}
async function follow(client, marker) {
  try {
    const outcome = await change(client, marker, true);
    if (outcome === "conflict" && marker.from === null && marker.to !== null)
      await change(client, { ...marker, from: marker.to }, true);
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
  }
}
async function change(client, { ref, from, to }, force) {
  const { octokit, owner, repo, send } = client;
  const at = { owner, repo, ref: ref.replace(/^refs\//, "") };
  try {
    await send(async (request4) => {
      try {
        if (to === null) await octokit.git.deleteRef({ ...at, request: request4 });
        else if (from === null) await octokit.git.createRef({ owner, repo, ref, sha: to, request: request4 });
        else await octokit.git.updateRef({ ...at, sha: to, force, request: request4 });
      } catch (error) {
        throw conflictOf(error) ?? error;
      }
    });
    return "applied";
  } catch (error) {
    if (!(error instanceof LockError)) throw error;
    if (error instanceof Conflict) {
      if (error.isUnexplained) await refuseBlockedRef(client, ref);
      return "conflict";
    }
    if (error.kind === "unreachable") return "unknown";
    throw error;
  }
}
var Conflict = class extends LockError {
  /** `Reference update failed`: a directory/file conflict, and now and then nothing that anybody knows. */
  isUnexplained;
  constructor(message, cause) {
    super("refused", message, { cause });
    this.isUnexplained = /Reference update failed/i.test(message);
  }
};
function conflictOf(error) {
  const answer = answerOf(error);
  if (answer === null || !answer.isWhole || answer.status !== 422 && answer.status !== 409) return null;
  if (/already exists|not a fast.?forward|does not exist|update failed/i.test(answer.message)) {
    if (/object does not exist/i.test(answer.message))
      return unreachable("GitHub does not know our commit yet", error);
    return new Conflict(answer.message, error);
  }
  if (answer.status === 409) return null;
  return new LockError(
    "denied",
    `GitHub refuses to change the lock's refs: ${answer.message}. If a ruleset or a branch protection covers them, exempt them, or choose another \`namespace\`.`,
    { cause: error }
  );
}
async function refuseBlockedRef({ octokit, owner, repo, send }, ref) {
  const parts = ref.split("/");
  const folders = parts.slice(2, -1).map((_, index) => parts.slice(1, index + 3).join("/"));
  const found = await Promise.all(
    folders.map(
      (folder) => send(async (request4) => {
        try {
          return (await octokit.git.getRef({ owner, repo, ref: folder, request: request4 })).data.ref;
        } catch (error) {
          if (answerOf(error)?.status === 404) return null;
          throw error;
        }
      })
    )
  );
  const below = await send(
    (request4) => octokit.git.listMatchingRefs({ owner, repo, ref: `${parts.slice(1).join("/")}/`, request: request4 })
  );
  const blocking = found.find((name) => name !== null) ?? below.data[0]?.ref;
  if (blocking === void 0) return;
  throw new LockError(
    "foreign",
    `The ref ${blocking} is in the way: git cannot have both it and ${ref}. It is not the lock's; delete or rename it, or choose another \`namespace\`.`
  );
}

// src/github/update-refs.ts
var ZERO_OID = "0".repeat(40);
var MUTATION = `mutation ($repositoryId: ID!, $refUpdates: [RefUpdate!]!) {
  updateRefs(input: { repositoryId: $repositoryId, refUpdates: $refUpdates }) { clientMutationId }
}`;
async function compareAll({ octokit, send }, repositoryId, changes) {
  const refUpdates = changes.map(({ ref, from, to }) => ({
    name: ref,
    beforeOid: from ?? ZERO_OID,
    afterOid: to ?? ZERO_OID,
    // A log only ever moves to a descendant, and the server shall see to it. A leftover marker may point anywhere.
    force: !isLogRef(ref)
  }));
  try {
    const data = await send(
      (request4) => answered2(octokit.graphql(MUTATION, { repositoryId, refUpdates, request: request4 }))
    );
    return hasPayload(data) ? "applied" : "unknown";
  } catch (error) {
    if (error instanceof GraphqlErrors) return error.outcome;
    if (error instanceof LockError && error.kind === "unreachable") return "unknown";
    throw error;
  }
}
function hasPayload(data) {
  return typeof data === "object" && data !== null && "updateRefs" in data && data.updateRefs !== null;
}
var GraphqlErrors = class extends LockError {
  outcome;
  constructor(outcome, message) {
    super("refused", message);
    this.outcome = outcome;
  }
};
async function answered2(request4) {
  try {
    return await request4;
  } catch (error) {
    throw readErrors(error) ?? error;
  }
}
function readErrors(error) {
  if (!isGraphqlFailure(error)) return null;
  const failures = error.errors;
  const message = failures.map((failure) => failure.message ?? "").join("; ");
  const has2 = (pattern) => failures.some(({ type = "", message: message2 = "" }) => pattern.test(`${type} ${message2}`));
  if (has2(/RATE_LIMITED|rate limit/i))
    return throttledBy({ status: 429, headers: error.headers ?? {}, message }, error);
  if (has2(/something went wrong|timeout|timed out|try again/i))
    return unreachable(`GitHub answered: ${message}`, error);
  if (has2(
    /doesn't exist on type|undefinedField|FORBIDDEN|not accessible|not allowed|not permitted|not supported|not a valid|invalid ref/i
  )) {
    return new GraphqlErrors("refused", message);
  }
  return new GraphqlErrors("conflict", message);
}

// src/github/ref-store.ts
var POLL_MS = 1200;
function openRefStore(client, connection, way = "update-refs") {
  const { octokit, owner, repo } = client;
  const { read: read2, history, write: write2, at } = openCommits(client);
  const conditional = conditionalReads();
  const nodeId = nodeIdOf(client, connection);
  const state = { way, refusedOnce: /* @__PURE__ */ new Set(), isSuspect: false };
  const tip = (ref) => conditional(client, ref, async (options) => {
    try {
      const { data, headers } = await octokit.git.getRef({
        owner,
        repo,
        ref: ref.replace(/^refs\//, ""),
        ...options
      });
      return { value: toRef(data).oid, etag: headers.etag };
    } catch (error) {
      if (answerOf(error)?.status !== 404) throw error;
      return { value: null, etag: void 0 };
    }
  });
  return {
    clock: "server",
    way: () => state.way,
    nodeId: () => nodeId.known(),
    pollMs: POLL_MS,
    comparesAll: () => state.way === "update-refs",
    read: read2,
    history,
    write: write2,
    async list(prefix) {
      if (state.way === "update-refs") nodeId().catch(() => {
      });
      const ref = prefix.replace(/^refs\//, "");
      const refs = await conditional(client, prefix, async (options) => {
        const { data, headers } = await emptyRepositorySaid(
          connection,
          () => octokit.git.listMatchingRefs({ owner, repo, ref, ...options })
        );
        return { value: whole(data, Array.isArray).map(toRef), etag: headers.etag };
      });
      return { refs, readAtMs: client.answeredAtMs() };
    },
    tip,
    async tipCommit(ref) {
      const commit = await at(ref);
      if (commit !== null) return commit;
      const oid = await tip(ref);
      return oid === null ? null : await read2(oid);
    },
    async transact(changes) {
      if (changes.length === 1 && changes[0]?.from === null) return await compareLog(client, changes);
      const { ref, from, to } = decidingOf(changes);
      const id = `${ref} ${from} ${to}`;
      let isDoubted = false;
      if (state.way === "update-refs" && !state.refusedOnce.has(id)) {
        const outcome2 = await compareAll(client, await nodeId(), changes);
        if (outcome2 === "applied") state.isSuspect = false;
        if (outcome2 === "applied" || outcome2 === "unknown") return outcome2;
        if (outcome2 === "refused") state.way = "log-alone";
        const isBelieved = outcome2 === "conflict" && (changes.length > 1 || !state.isSuspect);
        state.isSuspect = true;
        state.refusedOnce.add(id);
        if (isBelieved) return "conflict";
        isDoubted = true;
      }
      const outcome = await compareLog(client, changes);
      if (outcome === "applied" && isDoubted) state.way = "log-alone";
      return outcome;
    }
  };
}
function nodeIdOf({ octokit, owner, repo, send }, connection) {
  let told = connection.nodeId;
  let asked = null;
  const ask4 = async () => {
    const { data } = await send(({ signal }) => octokit.repos.get({ owner, repo, request: { signal } }));
    told = whole(
      data,
      (value) => typeof value?.node_id === "string"
    ).node_id;
    return told;
  };
  const nodeId = async () => {
    if (told !== null) return told;
    asked ??= ask4().finally(() => {
      asked = null;
    });
    return await asked;
  };
  return Object.assign(nodeId, { known: () => told });
}
async function emptyRepositorySaid({ repository }, request4) {
  try {
    return await request4();
  } catch (error) {
    const answer = answerOf(error);
    if (answer?.status !== 409 || !/empty/i.test(answer.message)) throw error;
    const message = `The repository ${repository} has no commit yet, and refs need one. Push a first commit, or name another \`repository\`.`;
    throw new LockError("usage", message, { cause: error });
  }
}
function toRef(data) {
  whole(data, (value) => typeof value.object?.sha === "string");
  return { name: data.ref, oid: data.object.sha, isCommit: data.object.type === "commit" };
}

// src/lock/sightings.ts
var MOST_KEYS = 1e4;
function rememberSightings(monotonicMs) {
  const first = /* @__PURE__ */ new Map();
  return {
    see(keys) {
      const now = monotonicMs();
      if (first.size > MOST_KEYS) first.clear();
      for (const key of keys) if (!first.has(key)) first.set(key, now);
      return new Map(keys.map((key) => [key, now - (first.get(key) ?? now)]));
    }
  };
}
function keysOf(refs, { commits, verdicts }) {
  const tips = [...refs.logs.values()];
  const nonces = tips.flatMap((oid) => {
    const commit = commits.get(oid);
    const record = commit === void 0 ? null : readRecord(commit);
    return record?.kind === "claim" ? [record.claim.nonce] : [];
  });
  const waiting = refs.queue.flatMap((ticket) => [ticket.oid, ticketKey(ticket)]);
  const dead2 = [...tips, ...refs.queue.map(({ oid }) => oid)].filter(
    (oid) => verdicts.get(oid)?.state === "dead"
  );
  return [...tips, ...nonces, ...waiting, ...dead2.map(deathKey)];
}
function ticketKey({ ref }) {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

// src/wire.ts
async function openGitHub(connection, way) {
  const client = await connect(connection);
  return { store: openRefStore(client, connection, way), liveness: openLiveness(client) };
}
var clock = {
  monotonicMs: () => performance.now(),
  date: () => /* @__PURE__ */ new Date(),
  sleep: async (ms, signal) => {
    await setTimeout(
      Math.max(0, Math.min(ms, 2 ** 31 - 1)),
      void 0,
      signal === void 0 ? {} : { signal }
    ).catch(() => {
    });
  }
};
var machine = {
  clock,
  sightings: rememberSightings(clock.monotonicMs),
  random: Math.random,
  uuid: () => crypto.randomUUID()
};
function leave(code) {
  process.stdout.write("", () => process.exit(code));
}

// src/lock/hold.ts
function wholeOf(hold) {
  return [...hold.parts ?? [], hold];
}
var MAX_STEPS = 1e4;
function locate(hold, tip, known) {
  if (tip === hold.from) return { kind: "not-yet" };
  if (tip === null) return { kind: "stale" };
  let cursor = tip;
  for (let step = 0; step < MAX_STEPS; step++) {
    if (cursor === hold.from) return { kind: "passed" };
    const commit = known.get(cursor);
    if (commit === void 0) return { kind: "need", oid: cursor };
    const record = readRecord(commit);
    if (record.kind === "claim" && record.claim.nonce === hold.nonce) {
      return cursor === tip ? { kind: "held", tip } : { kind: "gone" };
    }
    if (record.kind === "entry") {
      if (record.entry.ends === hold.nonce) return { kind: "ended", entry: record.entry, by: cursor };
      if (record.entry.sequence < hold.sequence - 1) return older(hold, tip, known);
    }
    const parent = commit.parents[0];
    if (parent === void 0) return hold.from === null ? { kind: "passed" } : older(hold, tip, known);
    cursor = parent;
  }
  return { kind: "gone" };
}
function older(hold, tip, known) {
  let cursor = hold.from ?? void 0;
  for (let step = 0; step < MAX_STEPS && cursor !== void 0; step++) {
    if (cursor === tip) return { kind: "stale" };
    const commit = known.get(cursor);
    if (commit === void 0) return { kind: "need", oid: cursor };
    cursor = commit.parents[0];
  }
  return { kind: "gone" };
}

// src/lock/insist.ts
var FIRST_PAUSE_MS = 500;
var LONGEST_PAUSE_MS = 15e3;
async function insist(ports, patience, request4) {
  for (let tries = 0; ; tries++) {
    throwIfCancelled(patience.signal);
    try {
      return await orCancelled(request4(), patience.signal);
    } catch (error) {
      if (!isLockError(error, "unreachable", "throttled")) throw error;
      const pauseMs = error.retryAfterMs ?? backoffMs(tries, ports.random());
      const untilMs = error.kind === "unreachable" ? patience.silenceUntilMs : void 0;
      if (ports.clock.monotonicMs() + pauseMs > (untilMs ?? patience.untilMs)) throw error;
      ports.tell({ kind: "trouble", error, pauseMs });
      await ports.clock.sleep(pauseMs, patience.signal);
    }
  }
}
function backoffMs(tries, random) {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + random / 2);
}
async function backOff(ports, tries, patience, what) {
  const pauseMs = backoffMs(tries, ports.random());
  const error = new LockError("unreachable", what);
  if (ports.clock.monotonicMs() + pauseMs > patience.untilMs) throw error;
  ports.tell({ kind: "trouble", error, pauseMs });
  await ports.clock.sleep(pauseMs, patience.signal);
}
function throwIfCancelled(signal) {
  if (signal?.aborted) throw new LockError("cancelled", "Cancelled.");
}
async function orCancelled(request4, signal) {
  if (signal === void 0) return request4;
  let abandon = () => {
  };
  const cancelled = new Promise((_, reject) => {
    abandon = () => reject(new LockError("cancelled", "Cancelled."));
    signal.addEventListener("abort", abandon, { once: true });
  });
  try {
    return await Promise.race([request4, cancelled]);
  } finally {
    signal.removeEventListener("abort", abandon);
    request4.catch(() => {
    });
  }
}

// src/lock/ticket.ts
var FREEZE_NUMBER = 0;
var MAX_NUMBER = 99999999;
function encodeTicket({ who, ...plain2 }) {
  const subject = `${plain2.lock} awaited by ${describeIdentity(who)}`;
  return encodeRecord(subject, { kind: "ticket", ...plain2, run: who.run, process: who.process });
}
function readTicket(commit) {
  const decoded = decodeRecord(commit.message);
  if (decoded.kind === "foreign" || decoded.fields.kind !== "ticket") return null;
  const { fields } = decoded;
  try {
    return {
      nonce: text(fields, "nonce"),
      lock: text(fields, "lock"),
      slots: count(fields, "slots"),
      scope: oneOf(fields, "scope", ["job", "run"]),
      clock: oneOf(fields, "clock", ["server", "local"]),
      requestedAt: text(fields, "requestedAt"),
      leaseSeconds: countOrNull(fields, "leaseSeconds"),
      reason: textOrNull(fields, "reason"),
      who: identity(fields)
    };
  } catch (error) {
    if (error instanceof DamagedRecord) return null;
    throw error;
  }
}
function ticketFor(lock, number, commit) {
  const writtenAtMs = Date.parse(commit.date);
  const digits = String(number).padStart(8, "0");
  const seconds = String(Math.floor(writtenAtMs / 1e3)).padStart(12, "0");
  return {
    ref: `${lock.prefix}queue/${digits}-${seconds}-${commit.oid}`,
    oid: commit.oid,
    number,
    writtenAtMs
  };
}
function parseTicket(lock, ref) {
  if (!ref.name.startsWith(`${lock.prefix}queue/`)) return null;
  const match = /^(\d{8})-(\d{12})-[0-9a-f]{40,64}$/.exec(ref.name.slice(`${lock.prefix}queue/`.length));
  if (match === null) return null;
  return { ref: ref.name, oid: ref.oid, number: Number(match[1]), writtenAtMs: Number(match[2]) * 1e3 };
}
function byPlace(a, b) {
  return a.ref < b.ref ? -1 : a.ref > b.ref ? 1 : 0;
}
function nextNumber(queue) {
  return Math.min(MAX_NUMBER, 1 + Math.max(0, ...queue.map(({ number }) => number)));
}

// src/lock/snapshot.ts
function parseRefs(lock, { refs, readAtMs }) {
  const logs = /* @__PURE__ */ new Map();
  const holders = /* @__PURE__ */ new Map();
  const odd = /* @__PURE__ */ new Set();
  for (const { name, oid, isCommit = true } of refs) {
    if (!isCommit) odd.add(oid);
    const match = name.startsWith(lock.prefix) ? /^(log|holder)\/([1-9]\d{0,8})$/.exec(name.slice(lock.prefix.length)) : null;
    if (match !== null) (match[1] === "log" ? logs : holders).set(Number(match[2]), oid);
  }
  const queue = refs.flatMap((ref) => odd.has(ref.oid) ? [] : parseTicket(lock, ref) ?? []).sort(byPlace);
  return { logs, holders, odd, queue, readAtMs, isFresh: true };
}
function commitTips({ logs, odd }) {
  return [...logs.values()].filter((oid) => !odd.has(oid));
}
var NOTHING_READ = {
  logs: /* @__PURE__ */ new Map(),
  holders: /* @__PURE__ */ new Map(),
  odd: /* @__PURE__ */ new Set(),
  queue: [],
  readAtMs: null,
  isFresh: false
};
function withTip(refs, slot, tip) {
  const logs = new Map(refs.logs);
  const holders = new Map(refs.holders);
  if (tip === null) logs.delete(slot);
  else logs.set(slot, tip);
  holders.delete(slot);
  return { ...refs, logs, holders, isFresh: false };
}
function withLogs(refs, logs, known) {
  const holders = new Map(refs.holders);
  for (const [slot, oid] of refs.logs) {
    const now = logs.get(slot);
    if (now === oid) continue;
    if (now === void 0 || !isRenewed(known.get(oid))) holders.delete(slot);
  }
  return { ...refs, logs, holders, isFresh: false };
}
function isRenewed(commit) {
  const record = commit === void 0 ? null : readRecord(commit);
  return record?.kind === "claim" && (record.claim.leaseSeconds !== null || record.claim.sequence !== null);
}
function withTicket(refs, ticket) {
  const others = refs.queue.filter(({ ref }) => ref !== ticket.ref);
  return { ...refs, queue: [...others, ticket].sort(byPlace) };
}
function tipOf(lock, slot, refs, known) {
  const oid = refs.logs.get(slot);
  if (oid === void 0) return { kind: "absent" };
  if (refs.odd.has(oid)) {
    return { kind: "foreign", oid, why: "is no commit", commit: { oid, parents: [], message: "", date: "" } };
  }
  const commit = known.get(oid);
  if (commit === void 0) return { kind: "unread", oid };
  const record = readRecord(commit);
  if (record.kind === "foreign") return { kind: "foreign", oid, why: record.why, commit };
  const body = record.kind === "claim" ? record.claim : record.entry;
  if (!isOf(body, lock, slot))
    return { kind: "foreign", oid, why: `belongs to slot ${body.slot} of another lock`, commit };
  if (record.kind === "entry") return { kind: "entry", oid, entry: record.entry, commit };
  return { kind: "claim", oid, claim: record.claim, commit };
}
function isOf(body, lock, slot) {
  try {
    return body.slot === slot && (body.lock === lock.text || parseName(body.lock).encoded === lock.encoded);
  } catch {
    return false;
  }
}
function slotsOf(refs, slots) {
  const all = /* @__PURE__ */ new Set([...refs.logs.keys(), ...Array.from({ length: slots }, (_, index) => index + 1)]);
  return [...all].sort((a, b) => a - b);
}
function sequenceOf(claim, commit, known) {
  if (claim.sequence !== null) return { kind: "known", value: claim.sequence };
  const parent = commit.parents[0];
  if (parent === void 0) return { kind: "known", value: 1 };
  const before = known.get(parent);
  if (before === void 0) return { kind: "need", oid: parent };
  const record = readRecord(before);
  if (record.kind === "entry") return { kind: "known", value: record.entry.sequence + 1 };
  return { kind: "foreign", why: "follows a commit which is no entry" };
}
function isCompleteFreeze(lock, { claim, commit }, refs, known) {
  if (!claim.freeze) return false;
  const last = tipOf(lock, claim.slots, refs, known);
  if (claim.slot === claim.slots || last.kind === "unread") return true;
  if (last.kind === "claim" && last.claim.nonce === claim.nonce) return true;
  return claim.sequence !== null && !isPast(claim, commit, last, known);
}
function isPast(claim, { date }, last, known) {
  if (last.kind !== "claim" && last.kind !== "entry") return false;
  for (let commit = known.get(last.oid); commit !== void 0; commit = known.get(commit.parents[0] ?? "")) {
    const record = readRecord(commit);
    if (record.kind === "entry" && record.entry.ends === claim.nonce) return true;
  }
  const { clock: clock2 } = last.kind === "claim" ? last.claim : last.entry;
  const isDated = clock2 === "server" && claim.clock === "server";
  return isDated && Date.parse(last.commit.date) - Date.parse(date) > DEAD_AFTER_MS;
}

// src/lock/judge.ts
var UNREADABLE = { state: "unknown", why: "its record cannot be read", sinceMs: null };
var FROZEN = {
  state: "alive",
  why: "it is a freeze, which stays until it is cleared",
  sinceMs: null
};
async function judgeWriter(liveness, kind, commit, isThorough, now) {
  if (kind === "claim") {
    const record = readRecord(commit);
    if (record.kind !== "claim") return UNREADABLE;
    return await ask2(liveness, record.claim.freeze ? "ticket" : kind, record.claim, commit, isThorough);
  }
  const ticket = readTicket(commit);
  if (ticket === null) return UNREADABLE;
  const verdict = await ask2(liveness, kind, ticket, commit, isThorough);
  return verdict.state === "dead" ? verdict : lapsed(ticket, commit, now) ?? verdict;
}
function ask2(liveness, kind, writer, commit, isThorough) {
  const { scope, who } = writer;
  return liveness.judge({ kind, scope, who, writtenAtMs: dateOf(writer, commit), isThorough });
}
function lapsed({ clock: clock2, leaseSeconds }, { oid, date }, now) {
  if (leaseSeconds === null) return null;
  const overMs = ageMs({ clock: clock2, date }, now, oid) - leaseSeconds * 1e3;
  if (overMs <= 0) return null;
  const sinceMs = clock2 === "server" && now.readAtMs !== null ? now.readAtMs - overMs : null;
  return { state: "dead", why: "its ticket's lease ran out", sinceMs };
}
function dateOf({ clock: clock2 }, commit) {
  return clock2 === "server" ? Date.parse(commit.date) : null;
}

// src/lock/status.ts
var SHOWN_WAITERS = 20;
var SHOWN_COMMITS = 20;
function statusOf(lock, slots, refs, known) {
  const holders = [];
  let agreed = slots;
  for (const slot of slotsOf(refs, slots)) {
    const tip = tipOf(lock, slot, refs, known.commits);
    const ref = holderRef(lock, slot);
    if (tip.kind === "foreign")
      holders.push({ ...nobody(tip.oid, ref, tip.commit.date), who: `a commit which ${tip.why}` });
    if (tip.kind === "unread" && refs.holders.has(slot)) holders.push(nobody(tip.oid, ref, null));
    if (tip.kind === "entry") agreed = tip.entry.slots;
    if (tip.kind !== "claim") continue;
    agreed = tip.claim.slots;
    const verdict = known.verdicts.get(tip.oid);
    const isFrozen = isCompleteFreeze(lock, tip, refs, known.commits);
    const now = { readAtMs: refs.readAtMs, seenMs: known.seenMs };
    const death = deathOf(tip.claim, tip.commit, verdict, now, isFrozen);
    const life = death === null ? lifeOf(isFrozen ? FROZEN : verdict) : { alive: "dead", why: death.why };
    holders.push({
      ...person(tip.claim, tip.oid, ref, tip.claim.acquiredAt ?? tip.commit.date),
      ...life,
      freeze: tip.claim.freeze
    });
  }
  return {
    name: lock.text,
    slots: agreed,
    holders,
    waiters: refs.queue.map((ticket) => waiterOf(ticket, known))
  };
}
function lifeOf(verdict) {
  return { alive: verdict?.state ?? "unknown", why: verdict?.why ?? null };
}
function waiterOf({ ref, oid, writtenAtMs }, { commits, verdicts }) {
  const since = new Date(writtenAtMs).toISOString().replace(".000Z", "Z");
  const commit = commits.get(oid);
  const record = commit === void 0 ? null : readTicket(commit);
  const waiter = record === null ? nobody(oid, ref, since) : person(record, oid, ref, since);
  return { ...waiter, ...lifeOf(verdicts.get(oid)) };
}
function person(record, claim, ref, since) {
  const { run, process: process2 } = record.who;
  return {
    claim,
    ref,
    run: run?.id ?? null,
    attempt: run?.attempt ?? null,
    job: run?.job ?? null,
    url: run?.url ?? null,
    who: run?.actor ?? (process2 === null ? "unknown" : `${process2.user}@${process2.host}`),
    reason: record.reason,
    freeze: false,
    since,
    alive: "unknown",
    why: null
  };
}
function nobody(claim, ref, since) {
  const unnamed = { run: null, attempt: null, job: null, url: null, reason: null, freeze: false, why: null };
  return { claim, ref, ...unnamed, who: "somebody", since: since ?? "", alive: "unknown" };
}
async function readStatus(ports, lock, slots, patience) {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const commits = /* @__PURE__ */ new Map();
  const verdicts = /* @__PURE__ */ new Map();
  const see = () => ports.sightings.see(keysOf(refs, { commits, verdicts }));
  const judge3 = async (kind, commit) => {
    if (commit === void 0 || kind === "claim" && readRecord(commit).kind !== "claim") return;
    const now = { readAtMs: refs.readAtMs, seenMs: see() };
    const verdict = await insist(ports, patience, () => judgeWriter(ports.liveness, kind, commit, true, now));
    verdicts.set(commit.oid, verdict);
  };
  const logs = commitTips(refs).map(async (oid) => {
    const log = await insist(ports, patience, () => ports.store.history(oid, SHOWN_COMMITS));
    for (const commit of log) commits.set(commit.oid, commit);
    await judge3("claim", log[0]);
  });
  const waiters = refs.queue.slice(0, SHOWN_WAITERS).map(async ({ oid }) => {
    const commit = await insist(ports, patience, () => ports.store.read(oid));
    commits.set(oid, commit);
    await judge3("ticket", commit);
  });
  await Promise.all([...logs, ...waiters]);
  const last = [...commits.values()].flatMap(pastHold).sort((a, b) => b.token - a.token || a.slot - b.slot);
  return {
    ...statusOf(lock, slots, refs, { commits, verdicts, seenMs: see() }),
    last: last.slice(0, SHOWN_COMMITS / 2)
  };
}
async function listLocks(ports, namespace, patience) {
  return listedLocks(await insist(ports, patience, () => ports.store.list(`${namespace}/`)), namespace);
}
function pastHold(commit) {
  const record = readRecord(commit);
  if (record.kind !== "entry") return [];
  const { sequence: token, slot, outcome, reason, waitedSeconds, heldSeconds: heldSeconds2 } = record.entry;
  return [
    {
      token,
      slot,
      outcome,
      by: describeIdentity(record.entry.by),
      reason,
      at: commit.date,
      waitedSeconds,
      heldSeconds: heldSeconds2
    }
  ];
}

// src/lock/attempt.ts
var TROUBLE_MS = 6e4;
var FIRST_GLANCE_MS = 15e3;
function begin(ports, wish) {
  const startedMs = ports.clock.monotonicMs();
  const deadlineMs = startedMs + wish.waitMs;
  return {
    ports,
    wish,
    startedMs,
    deadlineMs,
    // A store that has never answered is a wrong address rather than an outage: it is not borne for the whole wait.
    patience: {
      untilMs: deadlineMs + TROUBLE_MS,
      silenceUntilMs: startedMs + TROUBLE_MS,
      signal: wish.signal
    },
    requestedAt: ports.clock.date().toISOString(),
    known: /* @__PURE__ */ new Map(),
    verdicts: /* @__PURE__ */ new Map(),
    nonce: ports.uuid(),
    spentNonces: /* @__PURE__ */ new Set(),
    refs: null,
    lastRefs: NOTHING_READ,
    prepared: null,
    ticket: null,
    ticketSentMs: startedMs,
    isTicketInDoubt: false,
    pauses: 0,
    staleSinceMs: startedMs,
    glanceAtMs: startedMs + FIRST_GLANCE_MS,
    isGlancing: true,
    glances: 0,
    knownSlots: /* @__PURE__ */ new Set(),
    seenMs: /* @__PURE__ */ new Map(),
    fruitlessLooks: 0,
    frozen: []
  };
}
async function look(attempt) {
  const { lock, signal } = attempt.wish;
  const refs = parseRefs(lock, await ask3(attempt, (store) => store.list(lock.prefix)));
  attempt.refs = refs;
  attempt.lastRefs = refs;
  attempt.patience = { untilMs: attempt.deadlineMs + TROUBLE_MS, signal };
  const { ticket } = attempt;
  const seen2 = refs.queue.find(({ ref }) => ref === ticket?.ref);
  if (ticket !== null && seen2 !== void 0) attempt.ticket = { ...ticket, oid: seen2.oid };
  return refs;
}
async function ask3(attempt, request4) {
  const { ports, patience, wish } = attempt;
  try {
    return await insist(ports, patience, () => request4(ports.store, ports.liveness));
  } catch (error) {
    if (!isLockError(error, "throttled")) throw error;
    const message = `Could not acquire "${wish.lock.text}" in time: ${error.message}. Raise \`wait\`, or make fewer requests.`;
    throw new LockError("not-acquired", message, { status: statusNow(attempt), cause: error });
  }
}
function statusNow({ wish, lastRefs, known, verdicts, seenMs, ticket }) {
  const others = lastRefs.queue.filter(({ ref }) => ref !== ticket?.ref);
  return statusOf(
    wish.lock,
    wish.slots,
    { ...lastRefs, queue: others },
    { commits: known, verdicts, seenMs }
  );
}
function waitedMs({ ports, startedMs }) {
  return ports.clock.monotonicMs() - startedMs;
}

// src/lock/ticket-lease.ts
var TICKET_LEASE_SECONDS = 300;
function writeTicket(attempt) {
  const { ports, wish, nonce, requestedAt } = attempt;
  const message = encodeTicket({
    nonce,
    lock: wish.lock.text,
    slots: wish.slots,
    scope: wish.scope,
    clock: ports.store.clock,
    requestedAt,
    leaseSeconds: ticketLeaseSeconds(wish),
    reason: wish.reason,
    who: wish.who
  });
  return ask3(attempt, (store) => store.write(message, null));
}
function ticketLeaseSeconds({ who, leaseSeconds }) {
  return who.run === null ? Math.min(leaseSeconds ?? TICKET_LEASE_SECONDS, TICKET_LEASE_SECONDS) : null;
}
function ticketDueMs({ wish, ticket, ticketSentMs }) {
  const leaseSeconds = ticket === null ? null : ticketLeaseSeconds(wish);
  return leaseSeconds === null ? Infinity : ticketSentMs + leaseSeconds * 1e3 / 3;
}
async function renewTicket(attempt) {
  const { ports, ticket } = attempt;
  if (ticket === null) return;
  const sentMs = ports.clock.monotonicMs();
  const { oid } = await writeTicket(attempt);
  const change2 = { ref: ticket.ref, from: ticket.oid, to: oid };
  attempt.ticketSentMs = sentMs;
  if (await ask3(attempt, (store) => store.transact([change2])) !== "applied") {
    attempt.refs = null;
    return;
  }
  attempt.ticket = { ...ticket, oid };
  ports.journal.saveTicket(attempt.ticket);
  attempt.lastRefs = withTicket(attempt.lastRefs, attempt.ticket);
  if (attempt.refs !== null) attempt.refs = withTicket(attempt.refs, attempt.ticket);
}

// src/lock/deadlock.ts
function findDeadlock(namespace, listing, waitedFor, known, ours, mine) {
  const locks = listedLocks(listing, namespace).map((lock) => ({ lock, refs: parseRefs(lock, listing) }));
  const awaited = locks.filter(({ refs }) => refs.queue.length > 0);
  const goal = awaited.find(({ lock }) => lock.encoded === waitedFor.encoded);
  const holder = goal === void 0 ? null : holderOf(goal.refs, known);
  if (holder === null) return { kind: "none" };
  if (holder.kind === "need") return holder;
  const reached = [];
  for (const { lock, refs } of awaited.filter((one) => mine.handed(one.lock) !== null)) {
    const ours2 = holderOf(refs, known);
    if (ours2?.kind === "need") return ours2;
    if (ours2 !== null) reached.push({ lock, refs, log: ours2.log, next: null });
  }
  for (const { lock, refs, log, next } of reached) {
    for (const ticket of refs.queue) {
      const waiter = waiterOf2(ticket, known);
      if (waiter === null || ticket.ref === ours.ref) continue;
      if (waiter.kind === "need") return waiter;
      const { who, nonce } = waiter;
      const wait2 = { lock, ticket, log, nonce, who, next };
      if (isHeldBy(holder, who)) return deadlock(wait2, waitedFor, ours);
      for (const other of awaited) {
        if (reached.some((one) => one.lock.encoded === other.lock.encoded)) continue;
        const theirs = holderOf(other.refs, known);
        if (theirs?.kind === "need") return theirs;
        if (theirs !== null && isHeldBy(theirs, who)) reached.push({ ...other, log: theirs.log, next: wait2 });
      }
    }
  }
  return { kind: "none" };
}
function holderOf(refs, { commits, verdicts }) {
  const oid = refs.logs.get(1);
  if (oid === void 0 || refs.logs.size > 1 || verdicts.get(oid)?.state === "dead") return null;
  const commit = commits.get(oid);
  if (commit === void 0) return { kind: "need", oid };
  const record = readRecord(commit);
  return record.kind === "claim" && record.claim.slots === 1 ? { kind: "known", log: oid, who: record.claim.who, scope: record.claim.scope } : null;
}
function waiterOf2({ oid }, { commits, verdicts, served }) {
  if (verdicts.get(oid)?.state === "dead" || served.has(oid)) return null;
  const commit = commits.get(oid);
  if (commit === void 0) return { kind: "need", oid };
  const record = readTicket(commit);
  return record === null ? null : { kind: "known", who: record.who, nonce: record.nonce };
}
function isHeldBy({ who, scope }, waiter) {
  if (who.run === null || waiter.run === null) return JSON.stringify(who) === JSON.stringify(waiter);
  if (!isSameRun(who.run, waiter.run)) return false;
  if (scope === "run") return true;
  const [a, b] = [who.run, waiter.run];
  return a.jobId === null ? a.job === b.job && a.runner === b.runner : a.jobId === b.jobId;
}
function deadlock(last, waitedFor, ours) {
  const waits = [];
  for (let wait2 = last; wait2 !== null; wait2 = wait2.next) waits.push(wait2);
  const isLater = ({ ticket }) => ticket.writtenAtMs - ours.writtenAtMs || (ticket.oid > ours.oid ? 1 : -1);
  const others = waits.map(({ lock, who }) => `${describeIdentity(who)} waits for "${lock.text}"`);
  const circle = `Deadlock: this job waits for "${waitedFor.text}", ${others.join(", ")}, and each holds what the one before waits for`;
  return {
    kind: "deadlock",
    circle,
    isOurTurn: waits.every((wait2) => isLater(wait2) < 0),
    waits: waits.map(({ ticket, nonce, log }) => ({ ticket: ticket.oid, nonce, log }))
  };
}

// src/lock/give-way.ts
var MOST_READ = 50;
var LOG_COMMITS = 100;
async function giveWay(attempt) {
  const { ports, ticket } = attempt;
  if (ticket === null) return;
  const search = await findCircle(attempt, ticket);
  if (search.kind !== "deadlock") return;
  if (!search.isOurTurn) {
    ports.tell({ kind: "deadlock", message: `${search.circle}. Another of them came later and gives way.` });
    return;
  }
  const advice = "This job came last and gives way. Take all names in one step, a line each: then everybody takes them in one order.";
  throw new LockError("not-acquired", `${search.circle}. ${advice}`, { status: statusNow(attempt) });
}
async function findCircle(attempt, ticket) {
  const { wish, known, verdicts, seenMs } = attempt;
  const namespace = wish.lock.prefix.slice(0, -wish.lock.encoded.length - 2);
  const listing = await ask3(attempt, (store) => store.list(`${namespace}/`));
  const served = /* @__PURE__ */ new Set();
  const knowledge = { commits: known, verdicts, seenMs, served };
  const logs = /* @__PURE__ */ new Map();
  for (let reads = 0; reads + logs.size < MOST_READ; reads++) {
    const search = findDeadlock(namespace, listing, wish.lock, knowledge, ticket, wish.mine);
    if (search.kind === "need") {
      known.set(search.oid, await ask3(attempt, (store) => store.read(search.oid)));
    } else {
      const inVain = search.kind === "deadlock" ? await servedOf(attempt, search.waits, logs) : [];
      if (inVain.length === 0) return search;
      for (const oid of inVain) served.add(oid);
    }
  }
  return { kind: "none" };
}
async function servedOf(attempt, waits, logs) {
  const unread = [...new Set(waits.map(({ log }) => log))].filter((log) => !logs.has(log));
  await Promise.all(
    unread.map(async (log) => {
      logs.set(log, await ask3(attempt, (store) => store.history(log, LOG_COMMITS)));
    })
  );
  const isServed = ({ log, nonce }) => (logs.get(log) ?? []).some((commit) => hasNonce(commit, nonce));
  return waits.filter(isServed).map(({ ticket }) => ticket);
}
function hasNonce(commit, nonce) {
  const record = readRecord(commit);
  if (record.kind === "claim") return record.claim.nonce === nonce;
  return record.kind === "entry" && record.entry.ends === nonce;
}

// src/lock/wait.ts
function paceMs({ pollMs, isListCheap = false }, place, waitedMs3, random) {
  const pace = Math.min(2.5, 1 + waitedMs3 / 24e4) * pollMs * place ** (isListCheap ? 1 : 0.6);
  return Math.min(15e3, pace) * (0.75 + random / 2);
}
function glanceMs(place) {
  return Math.max(6e4, place * 3e4);
}
async function wait(attempt, { place, watch }) {
  const { ports, wish, deadlineMs } = attempt;
  attempt.pauses = 0;
  if (attempt.isGlancing && attempt.glances > 0 && wish.mine.nonces.size > 0) await giveWay(attempt);
  attempt.isGlancing = false;
  ports.tell({
    kind: "waiting",
    lock: wish.lock.text,
    place,
    status: statusNow(attempt),
    waitedMs: waitedMs(attempt)
  });
  const overMs = ports.clock.monotonicMs() + nextExpiryMs(attempt, watch);
  for (; ; ) {
    const now = ports.clock.monotonicMs();
    if (now >= deadlineMs) return;
    if (now >= overMs) {
      attempt.refs = null;
      return;
    }
    if (now >= attempt.glanceAtMs) return glance(attempt, place);
    const pace = paceMs(ports.store, placeIn(attempt, watch) ?? place, waitedMs(attempt), ports.random());
    const untilMs = Math.min(now + pace, deadlineMs, attempt.glanceAtMs, overMs, ticketDueMs(attempt));
    await ports.clock.sleep(untilMs - now, wish.signal);
    throwIfCancelled(wish.signal);
    if (ports.clock.monotonicMs() >= ticketDueMs(attempt)) await renewTicket(attempt);
    if (attempt.refs === null) return;
    if (await hasChanged(attempt, watch)) return;
  }
}
function nextExpiryMs({ wish, lastRefs, known, seenMs, frozen }, watch) {
  if (watch.kind === "ticket") return Infinity;
  const now = { readAtMs: lastRefs.readAtMs, seenMs };
  const slots = wish.freeze ? [frozen.length + 1] : slotsOf(lastRefs, wish.slots);
  const left = slots.map((slot) => {
    const tip = tipOf(wish.lock, slot, lastRefs, known);
    if (tip.kind !== "claim" || isCompleteFreeze(wish.lock, tip, lastRefs, known)) return Infinity;
    const leftNowMs = leftMs(tip.claim, tip.commit, now);
    return leftNowMs < 0 ? Infinity : leftNowMs;
  });
  return Math.min(...left) + 1e3;
}
function glance(attempt, place) {
  attempt.glanceAtMs = attempt.ports.clock.monotonicMs() + glanceMs(place);
  attempt.isGlancing = true;
  for (const [oid, { state }] of attempt.verdicts) if (state !== "dead") attempt.verdicts.delete(oid);
  attempt.glances++;
  attempt.refs = null;
}
async function hasChanged(attempt, watch) {
  switch (watch.kind) {
    case "refs": {
      const refs = await look(attempt);
      if (!isEqual(watch.seen.logs, refs.logs)) return true;
      if (watch.seen.queue.map(({ ref }) => ref).join() === refs.queue.map(({ ref }) => ref).join())
        return false;
      attempt.fruitlessLooks++;
      return true;
    }
    case "logs": {
      const { lock } = attempt.wish;
      const { logs } = parseRefs(lock, await ask3(attempt, (store) => store.list(`${lock.prefix}log/`)));
      if (isEqual(watch.seen, logs)) return false;
      attempt.refs = withLogs(attempt.lastRefs, logs, attempt.known);
      return true;
    }
    case "ticket": {
      if (attempt.ports.store.isListCheap) {
        const { queue } = await look(attempt);
        return queue.find(({ ref }) => ref === watch.ref)?.oid !== watch.seen;
      }
      if (await ask3(attempt, (store) => store.tip(watch.ref)) === watch.seen) return false;
      attempt.refs = null;
      return true;
    }
  }
}
function placeIn({ ports, lastRefs, ticket }, watch) {
  if (watch.kind !== "ticket" || !ports.store.isListCheap) return null;
  const index = lastRefs.queue.findIndex(({ ref }) => ref === ticket?.ref);
  return index < 0 ? null : index + 1;
}
function isEqual(a, b) {
  return a.size === b.size && [...a].every(([key, value]) => b.get(key) === value);
}
async function pause(attempt, why, patience = attempt.patience) {
  await backOff(
    attempt.ports,
    attempt.pauses++,
    patience,
    `The lock "${attempt.wish.lock.text}" could not be taken: ${why}`
  );
  attempt.refs = null;
}

// src/lock/queue.ts
var REFUSALS = 2;
async function enqueue(attempt, number) {
  const { ports, wish } = attempt;
  const sentMs = ports.clock.monotonicMs();
  const ticket = ticketFor(wish.lock, number, await writeTicket(attempt));
  attempt.ticketSentMs = sentMs;
  ports.journal.saveTicket(ticket);
  attempt.ticket = ticket;
  await create(attempt);
  attempt.refs = null;
  attempt.isGlancing = false;
}
async function requeue(attempt) {
  if (attempt.ticket !== null && ticketDueMs(attempt) !== Infinity) {
    const sentMs = attempt.ports.clock.monotonicMs();
    const { oid } = await writeTicket(attempt);
    attempt.ticketSentMs = sentMs;
    attempt.ticket = { ...attempt.ticket, oid };
    attempt.ports.journal.saveTicket(attempt.ticket);
  }
  await create(attempt);
}
async function create(attempt) {
  const { ticket } = attempt;
  if (ticket === null) return;
  const create2 = { ref: ticket.ref, from: null, to: ticket.oid };
  const wasInDoubt = attempt.isTicketInDoubt;
  for (let tries = 0, refusals = 0, unanswered = 0; refusals < REFUSALS; tries++) {
    attempt.isTicketInDoubt = true;
    const outcome = await ask3(attempt, (store) => store.transact([create2]));
    if (outcome === "unknown") unanswered++;
    attempt.isTicketInDoubt = wasInDoubt || unanswered > 0;
    if (outcome === "applied") break;
    if (outcome === "conflict") refusals++;
    else
      await backOff(
        attempt.ports,
        tries,
        attempt.patience,
        "It is not known whether the ticket in the queue was made"
      );
  }
  attempt.refs = withTicket(attempt.lastRefs, ticket);
  attempt.lastRefs = attempt.refs;
}
async function withdraw(ports, ticket, patience, isInDoubt = false) {
  if (ticket === null) return;
  let from = ticket.oid;
  for (let tries = 0, refusals = 0; refusals < REFUSALS; tries++) {
    const change2 = { ref: ticket.ref, from, to: null };
    const outcome = await insist(ports, patience, () => ports.store.transact([change2]));
    if (outcome === "applied") break;
    if (outcome === "conflict") {
      refusals++;
      from = await insist(ports, patience, () => ports.store.tip(ticket.ref)) ?? from;
    } else
      await backOff(ports, tries, patience, "It is not known whether the ticket in the queue was withdrawn");
  }
  if (!isInDoubt) ports.journal.forgetTicket(ticket);
}
async function remove(attempt, ticket, why) {
  const change2 = { ref: ticket.ref, from: ticket.oid, to: null };
  if (await ask3(attempt, (store) => store.transact([change2])) !== "applied") {
    return await pause(attempt, "a dead waiter's ticket could not be removed");
  }
  attempt.ports.tell({ kind: "removed", lock: attempt.wish.lock.text, ticket: ticket.ref, why });
  attempt.refs = null;
}

// src/lock/read-back.ts
var COMMITS = 50;
async function readBack(ports, oid, known, patience) {
  const commits = await insist(ports, patience, () => ports.store.history(oid, COMMITS));
  for (const commit of commits) known.set(commit.oid, commit);
  return commits;
}

// src/lock/release.ts
async function giveBack(ports, hold, ending, patience, seen2 = { tip: hold.claim, marker: hold.claim }) {
  const known = /* @__PURE__ */ new Map();
  const entries = /* @__PURE__ */ new Map();
  const landed = hold.acquiredAtMs !== null;
  let position = landed ? { kind: "held", tip: seen2.tip } : await whereIs(ports, hold, known, patience);
  let marker = landed ? seen2.marker : void 0;
  for (let tries = 0; position.kind === "held" || position.kind === "not-yet"; tries++) {
    const parent = position.kind === "held" ? position.tip : hold.claim;
    const entry = entries.get(parent) ?? await writeEntry(ports, hold, ending, parent, patience);
    entries.set(parent, entry);
    const changes = changesOf(hold, position.kind === "held" ? position.tip : hold.from, entry.oid, marker);
    const outcome = await insist(ports, patience, () => ports.store.transact(changes));
    if (outcome === "applied") {
      if (marker === void 0 && position.kind === "held") await dropMarker(ports, hold);
      return { kind: "released", heldSeconds: heldSeconds(ports, hold) };
    }
    const expected = position;
    position = await whereIs(ports, hold, known, patience);
    if (!isSame(position, expected)) {
      if (ending.exactly && position.kind === "held") return { kind: "renewed" };
      continue;
    }
    if (outcome === "conflict") marker = void 0;
    await backOff(ports, tries, patience, `The log of "${hold.lock.text}" could not be read as it is now.`);
  }
  const concluded = conclude(position, entries, hold);
  if (concluded.kind === "released" && !ports.store.comparesAll()) await dropMarker(ports, hold);
  return concluded;
}
function isSame(a, b) {
  return a.kind === b.kind && (a.kind !== "held" || b.kind !== "held" || a.tip === b.tip);
}
async function whereIs(ports, hold, known, patience) {
  const ref = logRef(hold.lock, hold.slot);
  for (let tries = 0; ; tries++) {
    const tip = await insist(ports, patience, () => ports.store.tip(ref));
    let position = locate(hold, tip, known);
    while (position.kind === "need") {
      await readBack(ports, position.oid, known, patience);
      position = locate(hold, tip, known);
    }
    const landed = hold.acquiredAtMs !== null;
    if (position.kind !== "stale" && !(landed && position.kind === "not-yet")) return position;
    await backOff(ports, tries, patience, `The log of "${hold.lock.text}" could not be read as it is now.`);
  }
}
function conclude(position, entries, hold) {
  if (position.kind === "ended") {
    const ours = [...entries.values()].some((entry) => entry.oid === position.by);
    return ours ? { kind: "released", heldSeconds: position.entry.heldSeconds ?? 0 } : { kind: "ended", entry: position.entry };
  }
  return { kind: hold.acquiredAtMs === null ? "never-held" : "gone" };
}
function changesOf(hold, from, to, marker) {
  const log = { ref: logRef(hold.lock, hold.slot), from, to };
  return marker === void 0 ? [log] : [log, { ref: holderRef(hold.lock, hold.slot), from: marker, to: null }];
}
async function dropMarker(ports, hold) {
  const ref = holderRef(hold.lock, hold.slot);
  try {
    if (await ports.store.tip(ref) === hold.claim)
      await ports.store.transact([{ ref, from: hold.claim, to: null }]);
  } catch (error) {
    if (!isLockError(error)) throw error;
  }
}
function heldSeconds(ports, hold) {
  if (hold.acquiredAtMs === null) return 0;
  return Math.max(0, Math.round((ports.clock.date().getTime() - hold.acquiredAtMs) / 1e3));
}
function writeEntry(ports, hold, ending, parent, patience) {
  const message = encodeEntry({
    ends: hold.nonce,
    lock: hold.lock.text,
    slot: hold.slot,
    slots: hold.slots,
    sequence: hold.sequence,
    outcome: ending.outcome ?? "released",
    clock: ports.store.clock,
    by: ending.by,
    reason: ending.reason,
    waitedSeconds: hold.waitedSeconds,
    heldSeconds: heldSeconds(ports, hold)
  });
  return insist(ports, patience, () => ports.store.write(message, parent));
}
async function assertLasted(ports, hold, patience) {
  const position = await whereIs(ports, hold, /* @__PURE__ */ new Map(), patience);
  return position.kind === "held" ? { kind: "lasted" } : conclude(position, /* @__PURE__ */ new Map(), hold);
}
async function giveAllBack(ports, left, ending, patienceMs2) {
  const patience = () => ({ untilMs: ports.clock.monotonicMs() + patienceMs2 });
  const results = [];
  for (const hold of left.holds.flatMap(wholeOf).toReversed()) {
    const give = hold.reentered ? assertLasted(ports, hold, patience()) : giveBack(ports, hold, ending, patience());
    results.push(await give.then((given) => ({ hold, given }), orError(hold)));
  }
  for (const ticket of left.tickets) {
    const error = await withdraw(ports, ticket, patience()).then(() => null, orError(null));
    if (error !== null) results.push(error);
  }
  return results;
}
function orError(hold) {
  return (error) => {
    if (!isLockError(error)) throw error;
    return { hold, error };
  };
}

// src/lock/own.ts
function isGivenBackByUs(entry, mine) {
  const [theirs, ours] = [entry.by.run, mine.identity.run];
  return entry.outcome === "released" && theirs !== null && ours !== null && isSameRun(theirs, ours);
}
async function findOwn(ports, lock, mine, patience) {
  for (let tries = 0; ; tries++) {
    const own = await look2(ports, lock, mine, patience);
    if (own.kind !== "none" || mine.handed(lock) === null) return own;
    const why = "either the server answers with old data, or somebody deleted the lock's refs by hand";
    await backOff(
      ports,
      tries,
      patience,
      `The log of "${lock.text}" shows no trace of the hold that this job was handed: ${why}.`
    );
  }
}
async function look2(ports, lock, mine, patience) {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const known = /* @__PURE__ */ new Map();
  await Promise.all(commitTips(refs).map((tip) => readUntil(ports, tip, mine.handed(lock), known, patience)));
  const isHanded2 = (tip) => tip.kind === "claim" && mine.nonces.has(tip.claim.nonce);
  const tips = slotsOf(refs, 1).map((slot) => ({ slot, tip: tipOf(lock, slot, refs, known) }));
  const status = statusOf(lock, 1, refs, { commits: known, verdicts: /* @__PURE__ */ new Map(), seenMs: /* @__PURE__ */ new Map() });
  const isTraced = tips.some(({ tip }) => isHanded2(tip)) || isEndIn(known, mine.nonces);
  if (mine.handed(lock) !== null && !isTraced) return { kind: "none", status };
  tips.sort((a, b) => Number(isHanded2(b.tip)) - Number(isHanded2(a.tip)));
  for (const { slot, tip } of tips) {
    if (tip.kind === "claim" && isOurs(tip.claim, mine))
      return await holdAt(ports, lock, refs, slot, tip, known, patience);
  }
  for (const { slot, tip } of tips) {
    if (tip.kind === "foreign") throw foreignCommit(tip.commit, logRef(lock, slot), tip.why);
  }
  const ended2 = newestEnded(refs, known, mine);
  return ended2 === null ? { kind: "none", status } : { kind: "ended", entry: ended2, status };
}
function isEndIn(known, nonces) {
  const records = [...known.values()].map(readRecord);
  return records.some((record) => record.kind === "entry" && nonces.has(record.entry.ends));
}
async function readUntil(ports, tip, token, known, patience) {
  for (let oid = tip; oid !== void 0; ) {
    const read2 = await readBack(ports, oid, known, patience);
    const oldest = read2.at(-1);
    const sequences = read2.map(readRecord).flatMap((record) => record.kind === "entry" ? [record.entry.sequence] : []);
    oid = token === null || sequences.some((sequence) => sequence < token) ? void 0 : oldest?.parents[0];
  }
}
async function holdAt(ports, lock, refs, slot, { oid: tip, claim, commit }, known, patience) {
  let first = commit;
  for (; ; ) {
    const onto = first.parents[0] ?? null;
    const before = onto === null ? null : await commitOf(ports, onto, known, patience);
    const record = before === null ? null : readRecord(before);
    if (before !== null && record?.kind === "claim" && record.claim.nonce === claim.nonce) {
      first = before;
      continue;
    }
    const sequence = claim.sequence ?? (record?.kind === "entry" ? record.entry.sequence + 1 : 1);
    const acquiredAt = claim.acquiredAt ?? first.date;
    const acquiredAtMs = Date.parse(acquiredAt);
    const hold = {
      lock,
      slot,
      slots: claim.slots,
      nonce: claim.nonce,
      claim: first.oid,
      from: onto,
      sequence,
      waitedSeconds: null,
      acquiredAtMs,
      reentered: false
    };
    return { kind: "held", hold, claim, tip, marker: refs.holders.get(slot) ?? null, acquiredAt };
  }
}
async function commitOf(ports, oid, known, patience) {
  if (!known.has(oid)) await readBack(ports, oid, known, patience);
  return known.get(oid) ?? await insist(ports, patience, () => ports.store.read(oid));
}
function newestEnded(refs, known, mine) {
  const ended2 = [...refs.logs.values()].flatMap((tip) => endedIn(tip, known, mine) ?? []);
  const rank = ({ entry, at }) => (mine.nonces.has(entry.ends) ? 1e15 : 0) + Date.parse(at);
  return ended2.sort((a, b) => rank(b) - rank(a))[0]?.entry ?? null;
}
function endedIn(tip, known, mine) {
  let ended2 = null;
  for (let commit = known.get(tip); commit !== void 0; commit = known.get(commit.parents[0] ?? "")) {
    const record = readRecord(commit);
    if (record.kind === "claim" && ended2 !== null && isOurs(record.claim, mine)) return ended2;
    if (record.kind === "entry") ended2 = { entry: record.entry, at: commit.date };
  }
  return null;
}

// src/action/endings.ts
function endingOf(hold, given, mine) {
  const name = hold.lock.text;
  const wasEntered = hold.acquiredAtMs !== null;
  if (given.kind === "released") {
    if (!wasEntered) return harmless(`took back a claim of "${name}" that was never entered`);
    return harmless(`released "${name}" after ${formatDuration(given.heldSeconds * 1e3)}`);
  }
  if (given.kind === "ended" && isGivenBackByUs(given.entry, mine))
    return harmless(`"${name}" was given back already`);
  if (given.kind === "lasted" || given.kind === "never-held" || !wasEntered) return harmless("");
  const how = given.kind === "ended" ? describeEnding(given.entry) : "its log was replaced by hand, and no longer shows who did it";
  return {
    text: `The lock "${name}" was lost while this job relied on it: ${how}. Check what was published meanwhile.`,
    isLoss: true
  };
}
function harmless(text2) {
  return { text: text2, isLoss: false };
}

// node_modules/@actions/github/lib/context.js
var Context = class {
  /**
   * Hydrate the context from the environment
   */
  constructor() {
    var _a, _b, _c;
    this.payload = {};
    if (process.env.GITHUB_EVENT_PATH) {
      if (existsSync(process.env.GITHUB_EVENT_PATH)) {
        this.payload = JSON.parse(readFileSync(process.env.GITHUB_EVENT_PATH, { encoding: "utf8" }));
      } else {
        const path = process.env.GITHUB_EVENT_PATH;
        process.stdout.write(`GITHUB_EVENT_PATH ${path} does not exist${EOL}`);
      }
    }
    this.eventName = process.env.GITHUB_EVENT_NAME;
    this.sha = process.env.GITHUB_SHA;
    this.ref = process.env.GITHUB_REF;
    this.workflow = process.env.GITHUB_WORKFLOW;
    this.action = process.env.GITHUB_ACTION;
    this.actor = process.env.GITHUB_ACTOR;
    this.job = process.env.GITHUB_JOB;
    this.runAttempt = parseInt(process.env.GITHUB_RUN_ATTEMPT, 10);
    this.runNumber = parseInt(process.env.GITHUB_RUN_NUMBER, 10);
    this.runId = parseInt(process.env.GITHUB_RUN_ID, 10);
    this.apiUrl = (_a = process.env.GITHUB_API_URL) !== null && _a !== void 0 ? _a : `https://api.github.com`;
    this.serverUrl = (_b = process.env.GITHUB_SERVER_URL) !== null && _b !== void 0 ? _b : `https://github.com`;
    this.graphqlUrl = (_c = process.env.GITHUB_GRAPHQL_URL) !== null && _c !== void 0 ? _c : `https://api.github.com/graphql`;
  }
  get issue() {
    const payload = this.payload;
    return Object.assign(Object.assign({}, this.repo), { number: (payload.issue || payload.pull_request || payload).number });
  }
  get repo() {
    if (process.env.GITHUB_REPOSITORY) {
      const [owner, repo] = process.env.GITHUB_REPOSITORY.split("/");
      return { owner, repo };
    }
    if (this.payload.repository) {
      return {
        owner: this.payload.repository.owner.login,
        repo: this.payload.repository.name
      };
    }
    throw new Error("context.repo requires a GITHUB_REPOSITORY environment variable like 'owner/repo'");
  }
};

// node_modules/@actions/github/lib/github.js
var context = new Context();

// src/action/inputs.ts
var OPERATIONS = ["acquire", "release", "check", "status", "clear", "freeze"];
function readInputs() {
  const repository = parseRepository(getInput("repository") || (process.env.GITHUB_REPOSITORY ?? ""));
  const operation = parseOperation(getInput("operation") || "acquire");
  const namespace = parseNamespace(getInput("namespace") || "refs/locks");
  return {
    operation,
    locks: parseNames(operation, namespace),
    namespace,
    waitMs: parseDuration(getInput("wait") || "1h", "wait"),
    onTimeout: oneOf2("on-timeout", ["fail", "skip"], "fail"),
    slots: parseSlots(getInput("slots") || "1"),
    scope: oneOf2("scope", ["job", "run"], "job"),
    maxHoldSeconds: parseMaxHold(getInput("max-hold")),
    reason: parseReason(getInput("reason")),
    ...parseClearing(operation),
    connection: {
      apiUrl: context.apiUrl,
      token: parseToken(getInput("token")),
      repository,
      nodeId: nodeIdOf2(repository)
    },
    who: { run: thisRun(parseJobId(getInput("job-id"))), process: null }
  };
}
function parseOperation(text2) {
  const found = OPERATIONS.find((operation) => operation === text2);
  if (found !== void 0) return found;
  throw new LockError(
    "usage",
    `\`operation: ${quoted(text2)}\` is none of ${OPERATIONS.join(", ")}. Write one of them, or leave it out to acquire.`
  );
}
function parseNames(operation, namespace) {
  const names = getMultilineInput("name");
  const isForMany = operation === "status" || operation === "clear";
  if (isForMany && names.length === 1 && names[0] === "*") return "all";
  if (names.includes("*") && names.length > 1) {
    throw new LockError("usage", "`name: *` means all locks, and can't stand beside others. Name either.");
  }
  const parsed = (names.length === 0 ? [""] : names).map((name) => parseName(name, namespace));
  return parsed.filter(
    ({ encoded }, index) => parsed.findIndex((other) => other.encoded === encoded) === index
  );
}
function parseClearing(operation) {
  const expect = getInput("expect").toLowerCase();
  const force = oneOf2("force", ["true", "false"], "false") === "true";
  const dryRun = oneOf2("dry-run", ["true", "false"], "false") === "true";
  if (expect !== "" && !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(expect)) {
    throw new LockError(
      "usage",
      `\`expect: ${quoted(expect)}\` is not the oid of a claim. \`operation: status\` shows it: 40 hexadecimal digits.`
    );
  }
  if (operation === "clear" && force && (expect === "" || getInput("reason") === "")) {
    throw new LockError(
      "usage",
      "`force: true` ends what may be alive. Say which in `expect`, the oid that `operation: status` shows, and why in `reason`."
    );
  }
  return { expect: expect === "" ? null : expect, force, dryRun };
}
function parseSlots(text2) {
  if (!/^[1-9]\d{0,2}$/.test(text2))
    throw new LockError("usage", `\`slots: ${quoted(text2)}\` is not a whole number from 1 to 999.`);
  return Number(text2);
}
function parseMaxHold(text2) {
  if (text2 === "") return null;
  const ms = parseDuration(text2, "max-hold");
  if (ms === 0)
    throw new LockError(
      "usage",
      "`max-hold: 0` would let others take the lock over at once. Write such as `2h`, or leave it out."
    );
  return ms === Number.POSITIVE_INFINITY ? null : ms / 1e3;
}
function parseReason(text2) {
  if (text2.length > 1e3)
    throw new LockError("usage", "`reason` is longer than 1000 characters. Shorten it.");
  return text2 === "" ? null : text2;
}
function parseToken(text2) {
  if (/^[\x21-\x7e]+$/.test(text2)) return text2;
  const what = text2 === "" ? "is empty" : "has a space, a line break or a letter in it that no token has";
  throw new LockError(
    "usage",
    `\`token\` ${what}. Leave the input out to use the job's own, or give one that may write to the repository's contents.`
  );
}
function parseRepository(text2) {
  if (isRepository(text2)) return text2;
  throw new LockError("usage", `\`repository: ${quoted(text2)}\` is not \`owner/name\`.`);
}
function parseJobId(text2) {
  if (text2 === "") return null;
  if (/^\d{1,15}$/.test(text2)) return Number(text2);
  throw new LockError(
    "usage",
    `\`job-id: ${quoted(text2)}\` is not a number. Leave the input out: it is the job's own id.`
  );
}
function oneOf2(input, choices, otherwise) {
  const text2 = getInput(input) || otherwise;
  const found = choices.find((choice) => choice === text2);
  if (found !== void 0) return found;
  throw new LockError("usage", `\`${input}: ${quoted(text2)}\` is none of ${choices.join(", ")}.`);
}
function quoted(text2) {
  return JSON.stringify(text2.slice(0, 60)).slice(1, -1);
}
function nodeIdOf2(repository) {
  const told = context.payload.repository;
  const isSame2 = typeof told?.full_name === "string" && told.full_name.toLowerCase() === repository.toLowerCase();
  return isSame2 && typeof told.node_id === "string" ? told.node_id : null;
}
function thisRun(jobId) {
  const repository = process.env.GITHUB_REPOSITORY ?? "";
  const id = context.runId || 0;
  const attempt = Number(process.env.GITHUB_RUN_ATTEMPT) || 1;
  return {
    repository,
    id,
    attempt,
    job: context.job ?? "",
    jobId,
    runner: process.env.RUNNER_NAME ?? "",
    workflow: context.workflow ?? "",
    event: context.eventName ?? "",
    actor: context.actor ?? "",
    url: `${context.serverUrl}/${repository}/actions/runs/${id}/attempts/${attempt}`
  };
}

// src/lock/renew.ts
async function renew(ports, own, patience) {
  const { renewal, sentMs } = await writeRenewal(ports, own, patience);
  const isServers = own.claim.acquiredClock === "server" && ports.store.clock === "server";
  if (isServers) refuseExpired(own, Date.parse(renewal.date));
  const change2 = { ref: logRef(own.hold.lock, own.hold.slot), from: own.tip, to: renewal.oid };
  const outcome = await insist(ports, patience, () => ports.store.transact([change2]));
  return { outcome, claim: renewal.oid, sentMs };
}
async function writeRenewal(ports, own, patience) {
  const { claim, hold, acquiredAt } = own;
  const message = encodeClaim({ ...claim, clock: ports.store.clock, sequence: hold.sequence, acquiredAt });
  return await insist(ports, patience, async () => {
    const sentMs = ports.clock.monotonicMs();
    return { renewal: await ports.store.write(message, own.tip), sentMs };
  });
}
function refuseExpired({ hold, claim, acquiredAt }, nowMs) {
  const heldSeconds2 = Math.round((nowMs - Date.parse(acquiredAt)) / 1e3);
  if (claim.maxHoldSeconds === null || heldSeconds2 <= claim.maxHoldSeconds) return;
  throw new LockError(
    "lost",
    `The lock "${hold.lock.text}" is past its max-hold of ${formatDuration(claim.maxHoldSeconds * 1e3)}: it has been held for ${formatDuration(heldSeconds2 * 1e3)}, and others may take it over at any moment. Do not publish; raise \`max-hold\`.`
  );
}

// src/lock/check.ts
async function check(ports, lock, mine, patience, isByDates = false) {
  for (let tries = 0; ; tries++) {
    const own = await findOwn(ports, lock, mine, patience);
    if (own.kind !== "held") throw notHeld(lock, own, mine);
    if (isByDates && own.claim.acquiredClock === "local") refuseExpired(own, ports.clock.date().getTime());
    const { outcome, claim, sentMs } = await renew(ports, own, patience);
    if (outcome === "applied") return { hold: own.hold, claim, sentMs };
    await backOff(
      ports,
      tries,
      patience,
      `The hold of "${lock.text}" could not be renewed, so that nothing says it still stands.`
    );
  }
}
function notHeld(lock, own, mine) {
  const now = own.status.holders.map(describeHolder).join(" and ");
  const since = now === "" ? "It is free now." : `Now held by ${now}.`;
  if (own.kind === "none") {
    return new LockError(
      "not-held",
      `This job does not hold the lock "${lock.text}". ${since} Acquire it first.`
    );
  }
  if (isGivenBackByUs(own.entry, mine)) {
    return new LockError("not-held", `This job gave the lock "${lock.text}" back already. ${since}`);
  }
  return new LockError("lost", `The lock "${lock.text}" was lost: ${describeEnding(own.entry)}. ${since}`);
}

// src/lock/approach.ts
var ESCAPE_MS = 6e4;
var BACKWARDS = 50;
function approach(view, slot) {
  const tip = tipAt(view, slot);
  switch (tip.kind) {
    case "absent":
      return inTurn(view, Infinity, () => take(view, slot, null, 1, null));
    case "unread":
      return readTip(view, slot, tip.oid);
    case "entry":
      return inTurn(
        view,
        ageMs({ ...tip.commit, clock: tip.entry.clock }, nowOf(view), tip.oid),
        () => take(view, slot, tip.oid, tip.entry.sequence + 1, null)
      );
    case "claim":
      return approachHeld(view, slot, tip);
    case "foreign":
      return { kind: "fail", because: { kind: "foreign", slot, commit: tip.commit, why: tip.why } };
  }
}
function isOpen(view, slot) {
  const tip = tipAt(view, slot);
  if (tip.kind === "claim") return deathAt(view, tip) !== null;
  return tip.kind === "absent" || tip.kind === "entry";
}
function tipAt({ lock, refs, known }, slot) {
  return tipOf(lock, slot, refs, known.commits);
}
function approachHeld(view, slot, tip) {
  const { known, self } = view;
  const open = self.isGlancing ? readLastSlot(view, tip) : null;
  if (open !== null) return open;
  const death = deathAt(view, tip);
  if (death !== null) return inTurn(view, death.forMs, () => succeed(view, slot, tip, death));
  const isToBeJudged = self.isGlancing && !known.verdicts.has(tip.oid) && looksAfterHolder(view, slot, tip.oid);
  return isToBeJudged && canBeDead(view, tip) ? { kind: "judge", subject: "claim", oid: tip.oid } : null;
}
function readLastSlot({ lock, refs, known: { commits } }, { claim }) {
  if (!claim.freeze || claim.slot === claim.slots) return null;
  const last = tipOf(lock, claim.slots, refs, commits);
  if (last.kind === "unread") return { kind: "read", oids: [last.oid] };
  if (claim.sequence === null || last.kind !== "entry" && last.kind !== "claim") return null;
  if (last.kind === "claim" && last.claim.nonce === claim.nonce) return null;
  const unread = firstUnread(last.commit, claim.nonce, commits);
  return unread === null ? null : { kind: "trace", from: unread };
}
function firstUnread(from, nonce, commits) {
  let commit = from;
  for (let steps = 0; steps < BACKWARDS; steps++) {
    const record = readRecord(commit);
    if (record.kind === "entry" && record.entry.ends === nonce) return null;
    const [parent] = commit.parents;
    if (parent === void 0) return null;
    const before = commits.get(parent);
    if (before === void 0) return parent;
    commit = before;
  }
  return null;
}
function deathAt(view, tip) {
  const { lock, refs, known } = view;
  const isFrozen = isCompleteFreeze(lock, tip, refs, known.commits);
  return deathOf(tip.claim, tip.commit, known.verdicts.get(tip.oid), nowOf(view), isFrozen);
}
function nowOf({ refs: { readAtMs }, known: { seenMs } }) {
  return { readAtMs, seenMs };
}
function looksAfterHolder({ known, ahead, self, isOurTurn: isOurTurn2 }, slot, tip) {
  if (self.ticket !== null && slot !== self.glances % self.slots + 1) return false;
  const stoodMs = known.seenMs.get(tip) ?? 0;
  return isOurTurn2 || self.ticket === null && self.timeIsUp || stoodMs >= (ahead.length + 1) * ESCAPE_MS;
}
function canBeDead({ lock, refs, known }, tip) {
  if (isCompleteFreeze(lock, tip, refs, known.commits)) return false;
  const { claim, commit } = tip;
  if (claim.clock !== "server" || refs.readAtMs === null) return true;
  return refs.readAtMs - Date.parse(claim.acquiredAt ?? commit.date) >= DEAD_AFTER_MS;
}
function readTip(view, slot, tip) {
  const { refs, self, isOurTurn: isOurTurn2 } = view;
  const marker = refs.holders.get(slot) ?? null;
  const isHeld = marker === tip && self.ticket !== null;
  const isAsked = self.isGlancing && (self.scope === "run" || looksAfterHolder(view, slot, tip));
  if (isHeld && !isAsked) return null;
  const isSent = self.prepared !== null && self.prepared.hold !== null;
  if (marker !== null || !isOurTurn2 || isSent || isPrepared(self.prepared, slot, tip, null))
    return { kind: "read", oids: [tip] };
  return { kind: "prepare", slot, from: tip, after: null, read: tip, look: !refs.isFresh };
}
function inTurn(view, freeMs, go) {
  if (view.isOurTurn) return go();
  const { ahead, known } = view;
  const needed = (ahead.length + 1) * ESCAPE_MS;
  if (freeMs < needed || ahead.some(({ number }) => number === FREEZE_NUMBER)) return null;
  const tooNew = ahead.filter((ticket) => waitedMs2(view, ticket) < needed);
  if (tooNew.length === 0) return go();
  const unread = tooNew.filter(({ oid }) => !known.commits.has(oid));
  const isPromising = unread.length === tooNew.length && unread.every((ticket) => ageByName(view, ticket) >= needed);
  return isPromising ? { kind: "read", oids: unread.map(({ oid }) => oid) } : null;
}
function waitedMs2(view, ticket) {
  const { commits, seenMs } = view.known;
  const commit = commits.get(ticket.oid);
  const isDated = commit !== void 0 && readTicket(commit)?.clock === "server";
  return Math.max(seenMs.get(ticketKey(ticket)) ?? 0, isDated ? ageByName(view, ticket) : 0);
}
function ageByName({ refs: { readAtMs } }, { writtenAtMs }) {
  return readAtMs === null ? 0 : readAtMs - writtenAtMs;
}
function succeed(view, slot, tip, death) {
  const sequence = sequenceOf(tip.claim, tip.commit, view.known.commits);
  if (sequence.kind === "need") return { kind: "read", oids: [sequence.oid] };
  if (sequence.kind === "foreign") {
    return { kind: "fail", because: { kind: "foreign", slot, commit: tip.commit, why: sequence.why } };
  }
  const after = { claim: tip.claim, sequence: sequence.value, death };
  return take(view, slot, tip.oid, sequence.value + 1, after);
}
function take({ refs, self }, slot, from, sequence, after) {
  const { prepared } = self;
  const sent = prepared?.hold ?? null;
  if (!isPrepared(prepared, slot, from, after)) {
    if (sent !== null) return { kind: "renounce", hold: sent };
    return { kind: "prepare", slot, from, after, read: null, look: !refs.isFresh };
  }
  if (!refs.isFresh) return { kind: "look" };
  const marker = refs.holders.get(slot) ?? null;
  return { kind: "take", slot, sequence, after, marker, alone: prepared.refusals > 0 };
}
function isPrepared(prepared, slot, from, after) {
  return prepared !== null && prepared.slot === slot && prepared.from === from && prepared.after === null === (after === null);
}

// src/lock/decide.ts
var FRUITLESS_LOOKS = 3;
function decide(lock, refs, known, self) {
  if (refs === null) return { kind: "look" };
  const unsettled = settle(refs, known, self);
  if (unsettled !== null) return unsettled;
  const broken = settleFrozen(refs, known, self);
  if (broken !== null) return broken;
  const ahead = ticketsAhead(refs, self.ticket);
  if (ahead === null) return { kind: "requeue" };
  const view = { lock, refs, known, self, ahead, isOurTurn: isOurTurn(ahead, self) };
  const around = lookAround(view);
  if (around !== null) return around;
  if (self.freeze && self.slots > 1 && self.ticket === null) return { kind: "queue", number: FREEZE_NUMBER };
  const slots = slotsInOrder(view);
  for (const slot of slots) {
    const move = approach(view, slot);
    if (move !== null) return move;
  }
  const isAnyOpen = slots.some((slot) => isOpen(view, slot));
  return askAhead(view, isAnyOpen) ?? standBy(view);
}
function lookAround({ lock, refs, known, self }) {
  const unread = [];
  for (const [slot, oid] of refs.logs) {
    const tip = tipOf(lock, slot, refs, known.commits);
    if (tip.kind === "unread" && !self.knownSlots.has(slot) && self.slots + slot > 2) unread.push(oid);
    const record = tip.kind === "claim" ? tip.claim : tip.kind === "entry" ? tip.entry : null;
    if (record !== null && record.slots !== self.slots) return slotsDiffer(record);
    if (tip.kind !== "claim" || !isOursNow(tip.claim, self)) continue;
    if (self.spentNonces.has(tip.claim.nonce))
      return { kind: "pause", why: "the log was read as it was before" };
    if (!self.freeze) return { kind: "reenter", slot, tip };
    if (self.frozen.every(({ nonce }) => nonce !== tip.claim.nonce))
      return { kind: "fail", because: { kind: "own" } };
  }
  return unread.length > 0 ? { kind: "read", oids: unread } : null;
}
function isOursNow(claim, { mine, nonce, spentNonces }) {
  return isOurs(claim, mine) || claim.nonce === nonce || spentNonces.has(claim.nonce);
}
function slotsDiffer(record) {
  const who = "who" in record ? `its holder, ${describeIdentity(record.who)}` : `${describeIdentity(record.by)} before`;
  return { kind: "fail", because: { kind: "slots", theirs: record.slots, who } };
}
function settle(refs, { commits }, { prepared }) {
  if (prepared === null || prepared.hold === null) return null;
  const position = locate(prepared.hold, refs.logs.get(prepared.slot) ?? null, commits);
  switch (position.kind) {
    case "held":
      return { kind: "hold", hold: prepared.hold };
    case "need":
      return { kind: "trace", from: position.oid };
    case "ended":
      return {
        kind: "restart",
        why: `its claim was ${position.entry.outcome} before it was known to have landed`
      };
    case "stale":
      return { kind: "pause", why: "the log was read as it was before" };
    case "passed":
    case "gone":
      return { kind: "forget" };
    case "not-yet":
      return null;
  }
}
function settleFrozen(refs, { commits }, { frozen }) {
  for (const part of frozen) {
    const position = locate(part, refs.logs.get(part.slot) ?? null, commits);
    switch (position.kind) {
      case "held":
        continue;
      case "need":
        return { kind: "trace", from: position.oid };
      case "ended":
        return { kind: "restart", why: `its slot ${part.slot} was ${describeEnding(position.entry)}` };
      default:
        return { kind: "pause", why: "the log was read as it was before" };
    }
  }
  return null;
}
function ticketsAhead({ queue }, ticket) {
  if (ticket === null) return queue;
  const index = queue.findIndex(({ ref }) => ref === ticket.ref);
  return index < 0 ? null : queue.slice(0, index);
}
function isOurTurn(ahead, { ticket, freeze, frozen, slots }) {
  if (frozen.length > 0) return true;
  if (ahead.some(({ number }) => number === FREEZE_NUMBER)) return false;
  return ticket === null || freeze ? ahead.length === 0 : ahead.length < slots;
}
function slotsInOrder({ ahead, self: { slots, freeze, frozen, prepared } }) {
  if (freeze) return [frozen.length + 1];
  const pending = prepared !== null && prepared.hold !== null ? [prepared.slot] : [];
  const rotated = Array.from({ length: slots }, (_, index) => (index + ahead.length) % slots + 1);
  return [...pending, ...rotated.filter((slot) => !pending.includes(slot))];
}
function askAhead({ ahead, known: { verdicts }, self }, isAnyOpen) {
  const next = self.ticket !== null ? ahead.at(-1) : self.timeIsUp && isAnyOpen ? ahead[0] : void 0;
  if (next === void 0) return null;
  const verdict = verdicts.get(next.oid);
  if (verdict?.state === "dead") return { kind: "remove", ticket: next, why: verdict.why };
  return self.isGlancing && verdict === void 0 ? { kind: "judge", subject: "ticket", oid: next.oid } : null;
}
function standBy({ refs, ahead, self, isOurTurn: isOurTurn2 }) {
  if (self.timeIsUp) return { kind: "give-up" };
  if (self.ticket === null)
    return { kind: "queue", number: self.freeze ? FREEZE_NUMBER : nextNumber(refs.queue) };
  const place = ahead.length + 1;
  const predecessor = ahead.at(-1);
  if (!isOurTurn2 && predecessor !== void 0) {
    return { kind: "wait", place, watch: { kind: "ticket", ref: predecessor.ref, seen: predecessor.oid } };
  }
  if (self.fruitlessLooks < FRUITLESS_LOOKS)
    return { kind: "wait", place, watch: { kind: "refs", seen: refs } };
  return { kind: "wait", place, watch: { kind: "logs", seen: refs.logs } };
}

// src/lock/fresh.ts
function isFresh({ clock: clock2 }, { sentAtMs, reentered }, leaseSeconds) {
  if (leaseSeconds === null || reentered) return true;
  return clock2.monotonicMs() - (sentAtMs ?? 0) <= leaseSeconds * 1e3 / 3;
}
var OUTAGE_MS = 6e4;
function patienceMs(leaseSeconds) {
  return Math.max(OUTAGE_MS, (leaseSeconds ?? 0) * 1e3);
}
function throwIfTooLate({ clock: clock2 }, untilMs, leaseSeconds) {
  if (clock2.monotonicMs() <= untilMs) return;
  throw new LockError("unreachable", `The store answers too late for a lease of ${leaseSeconds}s.`);
}

// src/lock/freeze.ts
var STALE_MS = 6e4;
async function assertFrozen(ports, parts, patience) {
  const known = /* @__PURE__ */ new Map();
  for (const part of parts) {
    let untilMs = patience.untilMs;
    for (let tries = 0; ; tries++) {
      const found = await assertPart(ports, part, known, patience);
      if (found === "asserted") break;
      if (tries === 0) untilMs = Math.min(untilMs, ports.clock.monotonicMs() + STALE_MS);
      const why = `It is not known whether slot ${part.slot} of "${part.lock.text}" is still frozen.`;
      await backOff(ports, tries, { ...patience, untilMs }, why).catch((error) => {
        throw found === "gone" ? lost(part, "its log was replaced by hand") : error;
      });
    }
  }
}
async function assertPart(ports, part, known, patience) {
  const { lock } = part;
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const log = refs.logs.get(part.slot) ?? null;
  let position = locate(part, log, known);
  while (position.kind === "need") {
    await readBack(ports, position.oid, known, patience);
    position = locate(part, log, known);
  }
  if (position.kind === "ended") throw lost(part, describeEnding(position.entry));
  if (position.kind === "gone" || position.kind === "passed") return "gone";
  const tip = tipOf(lock, part.slot, refs, known);
  if (position.kind !== "held" || tip.kind !== "claim") return "unclear";
  const own = await holdAt(ports, lock, refs, part.slot, tip, known, patience);
  return (await renew(ports, own, patience)).outcome === "applied" ? "asserted" : "unclear";
}
function lost({ lock, slot }, how) {
  return new LockError(
    "lost",
    `The freeze of "${lock.text}" had slot ${slot}, and lost it before it was complete: ${how}. Freeze it again.`
  );
}

// src/lock/take.ts
async function prepare(attempt, { slot, from, after }) {
  const { wish, nonce, requestedAt, ports } = attempt;
  const beganMs = ports.clock.monotonicMs();
  const message = encodeClaim({
    nonce,
    lock: wish.lock.text,
    slot,
    slots: wish.slots,
    scope: wish.scope,
    clock: ports.store.clock,
    requestedAt,
    maxHoldSeconds: wish.maxHoldSeconds,
    leaseSeconds: wish.leaseSeconds,
    freeze: wish.freeze,
    reason: wish.reason,
    who: wish.who,
    sequence: null,
    acquiredAt: null,
    acquiredClock: ports.store.clock
  });
  const parent = after === null ? from : await writeEntry2(attempt, after, from);
  const { oid } = await ask3(attempt, (store) => store.write(message, parent));
  forgetPrepared(attempt);
  attempt.prepared = { slot, from, after, claim: oid, hold: null, beganMs, refusals: 0 };
}
async function writeEntry2(attempt, { claim, sequence, death }, parent) {
  const message = encodeEntry({
    ends: claim.nonce,
    lock: claim.lock,
    slot: claim.slot,
    slots: claim.slots,
    sequence,
    outcome: death.outcome,
    by: attempt.wish.who,
    reason: death.why,
    clock: attempt.ports.store.clock,
    waitedSeconds: null,
    heldSeconds: null
  });
  return (await ask3(attempt, (store) => store.write(message, parent))).oid;
}
function forgetPrepared(attempt) {
  if (attempt.prepared?.hold) attempt.ports.journal.forgetHold(attempt.prepared.hold);
  attempt.prepared = null;
}
async function take2(attempt, move) {
  const before = attempt.prepared;
  if (before === null) throw new LockError("bug", "A claim was to be sent that was never written.");
  const hold = before.hold ?? holdOf(attempt, before, move.sequence);
  if (before.hold === null) attempt.ports.journal.saveHold(hold);
  attempt.prepared = { ...before, hold };
  const outcome = await ask3(attempt, (store) => store.transact(changesOf2(attempt, hold, move)));
  if (outcome !== "applied") {
    await refused(attempt, { ...before, hold }, outcome);
    return null;
  }
  if (isPartOfFreeze(attempt, hold)) return await freezeNext(attempt, hold, move.alone);
  await assertFrozen(attempt.ports, attempt.frozen, attempt.patience);
  if (move.alone) return await enter(attempt, hold);
  forgetTicket(attempt);
  return entered(attempt, hold);
}
function forgetTicket({ ports, ticket, isTicketInDoubt }) {
  if (ticket !== null && !isTicketInDoubt && ports.store.comparesAll()) ports.journal.forgetTicket(ticket);
}
function isPartOfFreeze({ wish }, { slot }) {
  return wish.freeze && slot < wish.slots;
}
async function freezeNext(attempt, hold, alone) {
  if (alone) await mendMarker(attempt, hold);
  attempt.frozen.push(entered(attempt, hold));
  attempt.prepared = null;
  attempt.refs = null;
  return null;
}
function tellSuccession({ ports, wish, prepared }, { claim }) {
  const after = prepared?.claim === claim ? prepared.after : null;
  if (after === null) return;
  ports.tell({
    kind: "took-over",
    lock: wish.lock.text,
    from: describeIdentity(after.claim.who),
    why: after.death.why
  });
}
function holdOf(attempt, { slot, claim, from, beganMs }, sequence) {
  const { wish, nonce } = attempt;
  const waitedSeconds = Math.round(waitedMs(attempt) / 1e3);
  const { lock, slots } = wish;
  return {
    lock,
    slot,
    slots,
    nonce,
    claim,
    from,
    sequence,
    waitedSeconds,
    acquiredAtMs: null,
    sentAtMs: beganMs,
    claimedAtMs: beganMs,
    reentered: false
  };
}
function changesOf2(attempt, hold, { marker, alone }) {
  const { wish, ticket } = attempt;
  const log = { ref: logRef(wish.lock, hold.slot), from: hold.from, to: hold.claim };
  if (alone) return [log];
  const changes = [log, { ref: holderRef(wish.lock, hold.slot), from: marker, to: hold.claim }];
  return ticket === null || isPartOfFreeze(attempt, hold) ? changes : [...changes, { ref: ticket.ref, from: ticket.oid, to: null }];
}
async function refused(attempt, before, outcome) {
  if (outcome === "unknown") return await pause(attempt, "the answer to the take was lost");
  const tip = await ask3(attempt, (store) => store.tipCommit(logRef(attempt.wish.lock, before.slot)));
  if (tip !== null) attempt.known.set(tip.oid, tip);
  if ((tip?.oid ?? null) === before.from) {
    attempt.prepared = { ...before, refusals: before.refusals + 1 };
    return await pause(attempt, "the take was refused although the log stands where it was expected");
  }
  attempt.refs = withTip(attempt.lastRefs, before.slot, tip?.oid ?? null);
  attempt.lastRefs = attempt.refs;
}
async function mendMarker({ ports, wish }, hold) {
  const ref = holderRef(wish.lock, hold.slot);
  try {
    const from = await ports.store.tip(ref);
    if (from !== hold.claim) await ports.store.transact([{ ref, from, to: hold.claim }]);
  } catch (error) {
    if (!isLockError(error)) throw error;
  }
}
async function reenter(attempt, slot, tip) {
  const { ports, wish, known, patience } = attempt;
  const own = await holdAt(ports, wish.lock, attempt.lastRefs, slot, tip, known, patience);
  const { outcome, sentMs } = await renew(ports, own, patience).catch(async (error) => {
    const isOld = isLockError(error, "lost") && await ask3(attempt, (store) => store.tip(logRef(wish.lock, slot))) !== tip.oid;
    if (isOld) return { outcome: "conflict", sentMs: 0 };
    throw error;
  });
  if (outcome !== "applied") {
    await pause(attempt, "the hold which stands already could not be asserted");
    return null;
  }
  const isOurs2 = tip.claim.nonce === attempt.nonce;
  return await enter(attempt, {
    ...own.hold,
    ...isOurs2 ? { sentAtMs: sentMs, claimedAtMs: attempt.startedMs } : {},
    waitedSeconds: Math.round(waitedMs(attempt) / 1e3),
    reentered: !isOurs2
  });
}
async function enter(attempt, hold) {
  if (isPartOfFreeze(attempt, hold)) return await freezeNext(attempt, hold, true);
  await assertFrozen(attempt.ports, attempt.frozen, attempt.patience);
  const held = entered(attempt, hold);
  if (!hold.reentered) await mendMarker(attempt, hold);
  try {
    await withdraw(attempt.ports, attempt.ticket, attempt.patience, attempt.isTicketInDoubt);
  } catch (error) {
    if (!isLockError(error)) throw error;
  }
  return held;
}
function entered(attempt, hold) {
  const { ports, wish, frozen } = attempt;
  tellSuccession(attempt, hold);
  const held = { ...hold, acquiredAtMs: ports.clock.date().getTime() };
  const isWhole = wish.freeze && hold.slot === wish.slots && frozen.length > 0;
  const whole2 = isWhole ? { ...held, parts: [...frozen] } : held;
  ports.journal.saveHold(whole2);
  if (isWhole) for (const part of frozen) ports.journal.forgetHold(part);
  return whole2;
}

// src/lock/acquire.ts
var STALE_MS2 = 6e4;
var CLEAN_UP_MS = 1e4;
async function acquire(ports, wish) {
  const attempt = begin(ports, wish);
  try {
    for (; ; ) {
      throwIfCancelled(wish.signal);
      const hold = await carryOut(attempt, nextMove(attempt));
      const fresh = hold === null ? null : await freshen(attempt, hold);
      if (fresh !== null) return fresh;
    }
  } catch (error) {
    await cleanUp(attempt);
    throw error;
  }
}
function nextMove(attempt) {
  const { ports, wish, refs, known, verdicts, knownSlots } = attempt;
  if (refs !== null) attempt.seenMs = ports.sightings.see(keysOf(refs, { commits: known, verdicts }));
  for (const [slot, oid] of refs?.logs ?? []) if (known.has(oid)) knownSlots.add(slot);
  const timeIsUp = ports.clock.monotonicMs() >= attempt.deadlineMs;
  const knowledge = { commits: known, verdicts, seenMs: attempt.seenMs };
  const move = decide(wish.lock, refs, knowledge, { ...wish, ...attempt, timeIsUp });
  ports.tell({ kind: "move", move });
  return move;
}
async function carryOut(attempt, move) {
  switch (move.kind) {
    case "look":
      await look(attempt);
      return null;
    case "read":
      await Promise.all(move.oids.map((oid) => read(attempt, oid)));
      return null;
    case "trace":
      await readBack(attempt.ports, move.from, attempt.known, attempt.patience);
      return null;
    case "judge":
      await judge(attempt, move.subject, move.oid);
      return null;
    case "prepare":
      await Promise.all([
        prepare(attempt, move),
        move.read === null ? null : read(attempt, move.read),
        move.look ? look(attempt) : null
      ]);
      return null;
    case "take":
      return await take2(attempt, move);
    case "hold":
      return await enter(attempt, move.hold);
    case "reenter":
      return await reenter(attempt, move.slot, move.tip);
    case "renounce":
      await renounce(attempt, move.hold);
      return null;
    case "forget":
      forgetPrepared(attempt);
      return null;
    case "restart":
      refuseHalf(attempt, move.why);
      await restart(attempt);
      return null;
    case "pause":
      await pause(attempt, move.why, staleness(attempt));
      return null;
    case "queue":
      await enqueue(attempt, move.number);
      return null;
    case "requeue":
      await requeue(attempt);
      return null;
    case "remove":
      await remove(attempt, move.ticket, move.why);
      return null;
    case "wait":
      await wait(attempt, move);
      return null;
    case "give-up":
      throw notAcquired(attempt.wish, statusNow(attempt));
    case "fail":
      throw obstacle(attempt.wish, move.because);
  }
}
function staleness(attempt) {
  const now = attempt.ports.clock.monotonicMs();
  if (attempt.pauses === 0) attempt.staleSinceMs = now;
  return {
    ...attempt.patience,
    untilMs: Math.min(attempt.patience.untilMs, attempt.staleSinceMs + STALE_MS2)
  };
}
async function read(attempt, oid) {
  attempt.known.set(oid, await ask3(attempt, (store) => store.read(oid)));
}
async function judge(attempt, kind, oid) {
  const commit = attempt.known.get(oid) ?? await ask3(attempt, (store) => store.read(oid));
  attempt.known.set(oid, commit);
  const isThorough = attempt.glances > 1;
  const now = { readAtMs: attempt.lastRefs.readAtMs, seenMs: attempt.seenMs };
  const verdict = await ask3(attempt, (_, liveness) => judgeWriter(liveness, kind, commit, isThorough, now));
  attempt.verdicts.set(oid, verdict);
}
async function renounce(attempt, hold) {
  await giveBack(
    attempt.ports,
    hold,
    { by: attempt.wish.who, reason: "another slot came free first" },
    attempt.patience
  );
  forgetPrepared(attempt);
  attempt.spentNonces.add(attempt.nonce);
  Object.assign(attempt, { nonce: attempt.ports.uuid(), refs: null });
}
function refuseHalf({ wish, frozen }, why) {
  if (frozen.length === 0) return;
  throw new LockError(
    "lost",
    `The freeze of "${wish.lock.text}" was ended before it had all slots: ${why}. Freeze it again.`
  );
}
async function restart(attempt) {
  forgetPrepared(attempt);
  await withdraw(attempt.ports, attempt.ticket, attempt.patience, attempt.isTicketInDoubt);
  attempt.spentNonces.add(attempt.nonce);
  Object.assign(attempt, { nonce: attempt.ports.uuid(), ticket: null, refs: null });
}
async function freshen(attempt, hold) {
  const { ports, wish, patience } = attempt;
  const { leaseSeconds } = wish;
  if (isFresh(ports, hold, leaseSeconds)) return hold;
  const mine = { nonces: /* @__PURE__ */ new Set([hold.nonce]), handed: () => hold.sequence, identity: wish.who };
  let { sentAtMs = 0 } = hold;
  const untilMs = Math.min(patience.untilMs, patienceMs(leaseSeconds) + ports.clock.monotonicMs());
  try {
    while (!isFresh(ports, { ...hold, sentAtMs }, leaseSeconds)) {
      throwIfTooLate(ports, untilMs, leaseSeconds);
      ({ sentMs: sentAtMs } = await check(ports, wish.lock, mine, { ...patience, untilMs }));
    }
    return { ...hold, sentAtMs };
  } catch (error) {
    if (!isLockError(error, "lost", "not-held")) throw error;
    ports.journal.forgetHold(hold);
    await restart(attempt);
    return null;
  }
}
function obstacle(wish, because) {
  if (because.kind === "own") {
    return new LockError(
      "usage",
      `This job holds the lock "${wish.lock.text}" itself, and a freeze would wait for it. Release it first.`
    );
  }
  if (because.kind === "foreign")
    return foreignCommit(because.commit, logRef(wish.lock, because.slot), because.why);
  return new LockError(
    "usage",
    `The lock "${wish.lock.text}" has ${because.theirs} slots for ${because.who}, and ${wish.slots} for ${describeIdentity(wish.who)}. All who use it must say the same \`slots\`, or they would not exclude each other. To change the number, change it everywhere, and then delete the refs under ${wish.lock.prefix} once, while nobody holds it.`
  );
}
async function cleanUp({ ports, wish, prepared, ticket, isTicketInDoubt, frozen }) {
  const patience = { untilMs: ports.clock.monotonicMs() + CLEAN_UP_MS };
  const ending = { by: wish.who, reason: "the acquire gave up" };
  const sent = prepared?.hold ? [...frozen, prepared.hold] : frozen;
  const giveUp = async (hold) => {
    await giveBack(ports, hold, ending, patience);
    ports.journal.forgetHold(hold);
  };
  const left = [
    withdraw(ports, ticket, patience, isTicketInDoubt),
    ...wish.signal?.aborted ? [] : sent.map(giveUp)
  ];
  for (const { status, reason } of (await Promise.allSettled(left)).map((one) => ({
    reason: null,
    ...one
  }))) {
    if (status === "rejected" && !isLockError(reason)) throw reason;
  }
}

// src/lock/keep.ts
var ENDING_MS = 8e3;
var LOOK_SECONDS = 300;
async function keep(ports, hold, { mine, signal, ...limits }) {
  const ours = { ...mine, nonces: /* @__PURE__ */ new Set([...mine.nonces, hold.nonce]), handed: () => hold.sequence };
  const now = () => ports.clock.monotonicMs();
  const overMs = hold.reentered ? Infinity : lastMomentMs(hold.claimedAtMs ?? now(), limits.maxHoldSeconds);
  let everyMs = (limits.leaseSeconds ?? (hold.reentered ? LOOK_SECONDS : Infinity)) * 1e3 / 3;
  let leaseSeconds = hold.reentered ? null : limits.leaseSeconds;
  let sentMs = hold.sentAtMs ?? (hold.reentered ? now() - everyMs : now());
  let own = null;
  for (; ; ) {
    var _stack = [];
    try {
      await ports.clock.sleep(Math.min(sentMs + everyMs, overMs) - now(), signal);
      if (signal.aborted) return;
      if (now() >= overMs) throw pastMaxHold(hold, limits.maxHoldSeconds);
      const untilMs = Math.min(overMs, lastMomentMs(sentMs, leaseSeconds));
      const deadline = __using(_stack, openDeadline(ports, untilMs, signal));
      try {
        ({ own, sentMs } = await renewed(ports, hold, ours, own, { untilMs, signal: deadline.signal }));
      } catch (error) {
        if (signal.aborted) return;
        throw now() >= overMs ? pastMaxHold(hold, limits.maxHoldSeconds) : asLost(hold, error);
      }
      if (!hold.reentered) continue;
      leaseSeconds = own.claim.leaseSeconds;
      everyMs = Math.min(everyMs, (leaseSeconds ?? Infinity) * 1e3 / 3);
    } catch (_) {
      var _error = _, _hasError = true;
    } finally {
      __callDispose(_stack, _error, _hasError);
    }
  }
}
function lastMomentMs(sinceMs, seconds) {
  if (seconds === null) return Infinity;
  return sinceMs + seconds * 1e3 - Math.min(ENDING_MS, seconds * 1e3 / 3);
}
function pastMaxHold(hold, seconds) {
  const limit = formatDuration((seconds ?? 0) * 1e3);
  return new LockError(
    "lost",
    `The lock "${hold.lock.text}" is about to be past its max-hold of ${limit}, after which others may take it over.`
  );
}
function openDeadline(ports, untilMs, signal) {
  const isOver2 = new AbortController();
  const isSettled = new AbortController();
  void ports.clock.sleep(untilMs - ports.clock.monotonicMs(), isSettled.signal).then(() => isOver2.abort());
  return {
    signal: AbortSignal.any([signal, isOver2.signal]),
    [Symbol.dispose]: () => isSettled.abort()
  };
}
async function renewed(ports, hold, mine, before, patience) {
  let known = before;
  for (let tries = 0; ; tries++) {
    throwIfCancelled(patience.signal);
    let trouble = `The hold of "${hold.lock.text}" could not be renewed.`;
    try {
      const own = known ?? await findOwn(ports, hold.lock, mine, patience);
      if (own.kind !== "held" || own.hold.nonce !== hold.nonce) throw lostTo(hold, own, mine);
      const { outcome, claim, sentMs } = await renew(ports, own, patience);
      if (outcome === "applied") return { own: { ...own, tip: claim }, sentMs };
      const isFound = known === null;
      known = null;
      if (!isFound) continue;
    } catch (error) {
      if (!isLockError(error) || !MAY_PASS.has(error.kind)) throw error;
      trouble = error.message;
    }
    await backOff(ports, tries, patience, trouble);
  }
}
var MAY_PASS = /* @__PURE__ */ new Set(["unreachable", "throttled", "denied", "refused", "usage"]);
function lostTo(hold, own, mine) {
  if (own.kind !== "held") return notHeld(hold.lock, own, mine);
  return new LockError("lost", `The hold of "${hold.lock.text}" was ended, and this job has taken another.`);
}
function asLost(hold, error) {
  if (!isLockError(error) || error.kind === "lost" || error.kind === "bug") return error;
  const why = error.kind === "not-held" ? "it was given back" : "its lease is about to run out";
  const detail = error.kind === "cancelled" ? "The store did not answer in time." : error.message;
  const message = `The lock "${hold.lock.text}" was lost: ${why}. ${detail}`;
  return new LockError("lost", message, { cause: error });
}

// src/lock/acquire-all.ts
var GIVE_BACK_MS = 1e4;
async function acquireAll(ports, locks, wish) {
  const startedMs = ports.clock.monotonicMs();
  const kept = keeper(ports, wish);
  const ordered = locks.toSorted((a, b) => a.encoded < b.encoded ? -1 : 1);
  const holds = /* @__PURE__ */ new Map();
  try {
    for (const lock of ordered) {
      const waitMs = Math.max(0, wish.waitMs - (ports.clock.monotonicMs() - startedMs));
      const mine = withHolds(wish.mine, [...holds.values()]);
      const next = { ...wish, ...kept.signal(), lock, waitMs, saidWaitMs: wish.waitMs, mine };
      const hold = await acquire(ports, next);
      holds.set(lock.encoded, hold);
      if (holds.size < ordered.length) kept.add(hold);
    }
    await kept.end();
    await settleAll(ports, holds, wish);
  } catch (error) {
    await kept.end();
    await giveAllUp(ports, [...holds.values()], wish);
    throw wish.signal?.aborted ? error : kept.loss() ?? error;
  }
  return locks.flatMap(({ encoded }) => holds.get(encoded) ?? []);
}
function withHolds(mine, holds) {
  return {
    ...mine,
    nonces: /* @__PURE__ */ new Set([...mine.nonces, ...holds.map(({ nonce }) => nonce)]),
    handed: (lock) => holds.find((hold) => hold.lock.encoded === lock.encoded)?.sequence ?? mine.handed(lock)
  };
}
function keeper(ports, { leaseSeconds, maxHoldSeconds, who, mine, signal }) {
  const done = new AbortController();
  const lost2 = new AbortController();
  const all = [];
  return {
    add(hold) {
      if (leaseSeconds === null || hold.reentered) return;
      const ours = { ...mine, identity: who };
      const keeping = { leaseSeconds, maxHoldSeconds, mine: ours, signal: done.signal };
      const kept = keep(ports, hold, keeping);
      all.push(kept.catch((error) => lost2.abort(error)));
    },
    signal() {
      if (all.length === 0) return signal === void 0 ? {} : { signal };
      return { signal: AbortSignal.any([lost2.signal, ...signal === void 0 ? [] : [signal]]) };
    },
    async end() {
      done.abort();
      await Promise.all(all);
    },
    loss: () => lost2.signal.aborted ? lost2.signal.reason : null
  };
}
async function settleAll(ports, holds, wish) {
  const untilMs = ports.clock.monotonicMs() + patienceMs(wish.leaseSeconds);
  let open = [...holds.values()].slice(0, -1);
  for (; ; ) {
    for (const hold of await assertAll(ports, open, wish)) holds.set(hold.lock.encoded, hold);
    open = [...holds.values()];
    if (open.every((hold) => isFresh(ports, hold, wish.leaseSeconds))) return;
    throwIfTooLate(ports, untilMs, wish.leaseSeconds);
  }
}
async function assertAll(ports, holds, { who, freeze, signal }) {
  const patience = { untilMs: ports.clock.monotonicMs() + GIVE_BACK_MS, signal };
  const mine = withHolds(handedNothing(who), holds);
  const assert = async (hold) => {
    if (freeze) return assertFrozen(ports, wholeOf(hold), patience).then(() => hold);
    const { sentMs } = await check(ports, hold.lock, mine, patience);
    return hold.reentered ? hold : { ...hold, sentAtMs: sentMs };
  };
  return await Promise.all(holds.map(assert));
}
async function giveAllUp(ports, holds, { who, signal }) {
  if (signal?.aborted) return;
  const patience = { untilMs: ports.clock.monotonicMs() + GIVE_BACK_MS };
  const ending = { by: who, reason: "not all locks could be had" };
  for (const hold of holds.filter(({ reentered }) => !reentered).toReversed()) {
    let isLeft = false;
    for (const part of wholeOf(hold).toReversed()) {
      try {
        await giveBack(ports, part, ending, patience);
      } catch (error) {
        if (!isLockError(error)) throw error;
        isLeft = true;
      }
    }
    if (!isLeft) ports.journal.forgetHold(hold);
  }
}

// src/lock/settle.ts
async function settle2(ports, change2, patience) {
  let isUnanswered = false;
  for (let tries = 0; ; tries++) {
    const outcome = await insist(ports, patience, () => ports.store.transact([change2]));
    if (outcome === "applied") return "applied";
    isUnanswered ||= outcome === "unknown";
    const now = await insist(ports, patience, () => ports.store.tip(change2.ref));
    if (now === change2.to && (now !== null || isUnanswered)) return "applied";
    if (now !== change2.from) return "superseded";
    await backOff(ports, tries, patience, `It is not known what became of a change of ${change2.ref}.`);
  }
}

// src/lock/clear.ts
var RESULTS = { applied: "cleared", superseded: "too-late" };
async function clear(ports, lock, clearing, patience) {
  const refs = parseRefs(lock, await insist(ports, patience, () => ports.store.list(lock.prefix)));
  const sweep = { ports, lock, refs, clearing, patience, known: /* @__PURE__ */ new Map() };
  await Promise.all(commitTips(refs).map((tip) => readBack(ports, tip, sweep.known, patience)));
  const slots = [.../* @__PURE__ */ new Set([...refs.logs.keys(), ...refs.holders.keys()])].sort((a, b) => a - b);
  const results = [];
  for (const slot of slots) results.push(...await clearSlot(sweep, slot));
  for (const ticket of refs.queue) results.push(await clearTicket(sweep, ticket));
  return results;
}
async function clearSlot(sweep, slot) {
  const tip = tipOf(sweep.lock, slot, sweep.refs, sweep.known);
  if (tip.kind === "claim") return [await clearClaim(sweep, slot, tip)];
  if (tip.kind === "foreign") return [await clearForeign(sweep, slot, tip)];
  return await clearMarker(sweep, slot);
}
async function clearClaim(sweep, slot, tip) {
  const { ports, lock, refs, clearing, patience, known } = sweep;
  const about = { what: `the hold of slot ${slot}`, oid: tip.oid };
  const own = await holdAt(ports, lock, refs, slot, tip, known, patience);
  const isExpected = clearing.expect !== null && nonceOf(known.get(clearing.expect)) === tip.claim.nonce;
  if (clearing.expect !== null && !isExpected)
    return { ...about, result: "other", why: "it is another hold than was expected" };
  const isFrozen = isCompleteFreeze(lock, tip, refs, known);
  const verdict = isFrozen ? FROZEN : await judge2(sweep, "claim", tip.commit);
  const death = deathOf(tip.claim, tip.commit, verdict, nowOf2(sweep), isFrozen);
  const mayEnd = death !== null || isExpected && (clearing.force || tip.claim.freeze);
  if (!mayEnd)
    return {
      ...about,
      result: "refused",
      why: inDoubt(verdict)
    };
  const why = death?.why ?? clearing.reason ?? "asked for by hand";
  if (clearing.dryRun) return { ...about, result: "would-clear", why };
  const ending = {
    by: clearing.by,
    reason: clearing.reason ?? why,
    outcome: "cleared",
    exactly: !clearing.force && !(isExpected && tip.claim.freeze)
  };
  const given = await giveBack(ports, own.hold, ending, patience, own);
  if (given.kind === "released") return { ...about, result: "cleared", why };
  if (given.kind === "ended") return { ...about, result: "too-late", why: describeEnding(given.entry) };
  if (given.kind === "renewed")
    return { ...about, result: "refused", why: "it was renewed meanwhile: its holder is alive" };
  return { ...about, result: "too-late", why: "its log was replaced by hand" };
}
function nonceOf(commit) {
  const record = commit === void 0 ? null : readRecord(commit);
  return record?.kind === "claim" ? record.claim.nonce : null;
}
async function clearForeign(sweep, slot, tip) {
  const { ports, lock, refs, clearing, patience, known } = sweep;
  const about = { what: `the commit at the tip of slot ${slot}`, oid: tip.oid, why: `it ${tip.why}` };
  if (clearing.expect !== null && clearing.expect !== tip.oid) return { ...about, result: "other" };
  if (refs.odd.has(tip.oid))
    return {
      ...about,
      result: "refused",
      why: "it is no commit, on which no log can be built; delete the ref by hand"
    };
  if (!clearing.force || clearing.expect === null) return { ...about, result: "refused" };
  if (clearing.dryRun) return { ...about, result: "would-clear" };
  const marker = refs.holders.get(slot);
  if (marker !== void 0) await readBack(ports, marker, known, patience);
  const { sequence, slots } = lastKnown(known);
  const by = { by: clearing.by, reason: clearing.reason, waitedSeconds: null, heldSeconds: null };
  const message = encodeEntry({
    ends: tip.oid,
    lock: lock.text,
    slot,
    slots,
    sequence,
    outcome: "cleared",
    clock: ports.store.clock,
    ...by
  });
  const entry = await insist(ports, patience, () => ports.store.write(message, tip.oid));
  const change2 = { ref: logRef(lock, slot), from: tip.oid, to: entry.oid };
  if (await settle2(ports, change2, patience) === "superseded")
    return { ...about, result: "too-late", why: "the log has moved meanwhile" };
  await clearMarker({ ...sweep, clearing: { ...clearing, expect: null } }, slot);
  return { ...about, result: "cleared" };
}
function lastKnown(known) {
  let last = { sequence: 0, slots: 1 };
  for (const commit of known.values()) {
    const record = readRecord(commit);
    if (record.kind === "foreign") {
      const told = [...commit.message.matchAll(/"sequence"\s*:\s*(\d{1,12})/g)].map(
        ([, digits]) => Number(digits) + 1
      );
      last = { ...last, sequence: Math.max(last.sequence, ...told) };
      continue;
    }
    const { slots } = record.kind === "claim" ? record.claim : record.entry;
    const sequence = record.kind === "entry" ? record.entry.sequence + 1 : record.claim.sequence ?? 1;
    if (sequence > last.sequence) last = { sequence, slots };
  }
  return last;
}
async function clearMarker({ ports, lock, refs, clearing, patience }, slot) {
  const oid = refs.holders.get(slot);
  if (oid === void 0 || clearing.expect !== null && clearing.expect !== oid) return [];
  const about = { what: `the leftover holder ref of slot ${slot}`, oid, why: "nobody holds the slot" };
  if (clearing.dryRun) return [{ ...about, result: "would-clear" }];
  const change2 = { ref: holderRef(lock, slot), from: oid, to: null };
  return [{ ...about, result: RESULTS[await settle2(ports, change2, patience)] }];
}
async function clearTicket(sweep, ticket) {
  const { ports, clearing, patience } = sweep;
  const about = { what: `the ticket of number ${ticket.number}`, oid: ticket.oid };
  const isExpected = clearing.expect === ticket.oid;
  if (clearing.expect !== null && !isExpected)
    return { ...about, result: "other", why: "it is another ticket than was expected" };
  const commit = await insist(ports, patience, () => ports.store.read(ticket.oid));
  const verdict = await judge2(sweep, "ticket", commit);
  if (verdict.state !== "dead" && !(clearing.force && isExpected))
    return { ...about, result: "refused", why: inDoubt(verdict) };
  const why = verdict.state === "dead" ? verdict.why : clearing.reason ?? "asked for by hand";
  if (clearing.dryRun) return { ...about, result: "would-clear", why };
  const change2 = { ref: ticket.ref, from: ticket.oid, to: null };
  return { ...about, result: RESULTS[await settle2(ports, change2, patience)], why };
}
function judge2(sweep, kind, commit) {
  const { ports, patience } = sweep;
  return insist(ports, patience, () => judgeWriter(ports.liveness, kind, commit, true, nowOf2(sweep)));
}
function nowOf2({ ports, refs, known }) {
  const keys = keysOf(refs, { commits: known, verdicts: /* @__PURE__ */ new Map() });
  return { readAtMs: refs.readAtMs, seenMs: ports.sightings.see(keys) };
}
function inDoubt({ state, why }) {
  return state === "alive" ? `it is alive: ${why}` : `whether it is alive is not known: ${why}`;
}

// src/lock/handed.ts
function readHanded({ REFLOCK_HOLDS: text2 = "[]" }) {
  try {
    const holds = JSON.parse(text2);
    return Array.isArray(holds) ? holds.filter(isHanded) : [];
  } catch {
    return [];
  }
}
function isHanded(value) {
  if (typeof value !== "object" || value === null) return false;
  const { nonce, name, token } = value;
  return typeof nonce === "string" && typeof name === "string" && typeof token === "number";
}
function noncesTold(env) {
  const alone = (env.REFLOCK_CLAIM ?? "").split(/\s+/).filter((nonce) => nonce !== "");
  return /* @__PURE__ */ new Set([...readHanded(env).map(({ nonce }) => nonce), ...alone]);
}
function showHanded(holds, alone = []) {
  return {
    REFLOCK_HOLDS: JSON.stringify(holds),
    REFLOCK_NAME: holds.map(({ name }) => name).join(" "),
    REFLOCK_CLAIM: [...holds.map(({ nonce }) => nonce), ...alone].join(" "),
    REFLOCK_TOKEN: holds.map(({ token }) => token).join(" ")
  };
}

// src/action/exports.ts
function handOn(hold, repository) {
  const { nonce, reentered, sequence: token } = hold;
  const { prefix, text: name } = hold.lock;
  const before = listed().find((handed2) => handed2.nonce === nonce);
  const handed = before ?? {
    nonce,
    repository: repository.toLowerCase(),
    prefix,
    name,
    token,
    inner: 0,
    isTheirs: reentered
  };
  write([
    ...listed().filter((other) => other !== before && other.nonce !== nonce),
    { ...handed, inner: handed.inner + (reentered ? 1 : 0) }
  ]);
}
function countDown(nonce) {
  const before = listed().find((handed) => handed.nonce === nonce);
  if (before === void 0 || before.inner === 0) return false;
  const others = listed().filter((handed) => handed.nonce !== nonce);
  const isOver2 = before.isTheirs && before.inner === 1;
  write(isOver2 ? others : [...others, { ...before, inner: before.inner - 1 }]);
  return true;
}
function takeBack({ nonce }) {
  write(listed().filter((handed) => handed.nonce !== nonce));
}
function handedOn(identity2, repository) {
  const here = listed().filter((handed) => handed.repository === repository.toLowerCase());
  return {
    nonces: noncesTold(process.env),
    handed: (lock) => here.find(({ prefix }) => prefix === lock.prefix)?.token ?? null,
    identity: identity2
  };
}
function listed() {
  return readHanded(process.env);
}
function write(holds) {
  for (const [name, value] of Object.entries(showHanded(holds))) exportVariable(name, value);
}

// src/action/summary-seen.ts
function nothingSeen() {
  return {
    startedAtMs: null,
    repository: "",
    who: null,
    tips: /* @__PURE__ */ new Map(),
    commits: /* @__PURE__ */ new Map(),
    waiters: /* @__PURE__ */ new Map(),
    notes: []
  };
}
function watched(ports, seen2) {
  seen2.startedAtMs ??= ports.clock.date().getTime();
  return {
    ...ports,
    store: watchedStore(ports.store, seen2),
    tell(progress) {
      if (progress.kind === "waiting") sight(seen2, progress, ports.clock.date().getTime());
      ports.tell(progress);
    }
  };
}
function watchedStore(store, seen2) {
  const at = (ref, oid) => {
    if (!isLogRef(ref) || oid === null) return;
    seen2.tips.set(ref, (seen2.tips.get(ref) ?? /* @__PURE__ */ new Set()).add(oid));
  };
  const keep2 = (commit) => {
    if (commit !== null) seen2.commits.set(commit.oid, commit);
    return commit;
  };
  return {
    ...store,
    async list(prefix) {
      const listing = await store.list(prefix);
      for (const { name, oid } of listing.refs) at(name, oid);
      return listing;
    },
    async tip(ref) {
      const oid = await store.tip(ref);
      at(ref, oid);
      return oid;
    },
    async tipCommit(ref) {
      const commit = keep2(await store.tipCommit(ref));
      at(ref, commit?.oid ?? null);
      return commit;
    },
    read: async (oid) => keep2(await store.read(oid)),
    async history(oid, limit) {
      return (await store.history(oid, limit)).map(keep2);
    },
    write: async (message, parent) => keep2(await store.write(message, parent)),
    async transact(changes) {
      const outcome = await store.transact(changes);
      if (outcome === "applied") for (const { ref, to } of changes) at(ref, to);
      return outcome;
    }
  };
}
function sight({ waiters }, { lock, status }, nowMs) {
  const inLine = new Set(status.waiters.map(({ ref }) => ref));
  for (const waiter of status.waiters) waiters.set(waiter.ref, { lock, waiter, goneAtMs: null });
  for (const [ref, sighting] of waiters)
    if (sighting.lock === lock && !inLine.has(ref)) sighting.goneAtMs ??= nowMs;
}

// src/action/summary.ts
var LIMIT_BYTES = 1024 * 1024;
var seen = nothingSeen();
function target() {
  return process.env.GITHUB_STEP_SUMMARY ?? "";
}
function remembering(ports, repository, who) {
  if (target() === "") return ports;
  Object.assign(seen, { repository, who });
  return watched(ports, seen);
}
function note(note2) {
  seen.notes.push(note2);
}
async function writeSummary() {
  const file = target();
  if (file === "" || seen.notes.length === 0) return;
  try {
    const { page } = await import("./summary-page-TKJEXZIU.js");
    const present = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    const text2 = page(seen, {
      nowMs: Date.now(),
      serverUrl: process.env.GITHUB_SERVER_URL ?? "",
      ownRepository: process.env.GITHUB_REPOSITORY ?? "",
      mostBytes: LIMIT_BYTES - present
    });
    if (text2 !== "") appendFileSync(file, text2);
  } catch (error) {
    say(`the step summary could not be written: ${error instanceof Error ? error.message : error}`);
  }
}

// src/action/operations.ts
async function operate(ports, inputs, patience) {
  switch (inputs.operation) {
    case "acquire":
      return await acquireStep(ports, inputs, patience);
    case "release":
      return await releaseStep(ports, inputs, patience);
    case "check":
      return await checkStep(ports, inputs, patience);
    case "status":
      return await statusStep(ports, inputs, patience);
    case "clear":
      return await clearStep(ports, inputs, patience);
    case "freeze":
      return await freezeStep(ports, inputs, patience);
  }
}
async function acquireStep(ports, inputs, { signal }) {
  const holds = await acquireOr(ports, inputs, false, signal);
  note({ kind: "acquired", holds });
  for (const hold of holds) {
    handOn(hold, inputs.connection.repository);
    if (inputs.scope === "run" && !hold.reentered) ports.journal.forgetHold(hold);
    const how = hold.reentered ? "holds" : "acquired";
    const after = hold.reentered ? "already" : `after ${formatDuration((hold.waitedSeconds ?? 0) * 1e3)}`;
    say(`${how} "${hold.lock.text}" ${after}, fencing token ${hold.sequence}`);
  }
}
async function freezeStep(ports, inputs, { signal }) {
  const holds = await acquireOr(ports, inputs, true, signal);
  note({ kind: "frozen", holds });
  for (const hold of holds) {
    ports.journal.forgetHold(hold);
    const thaw = `\`operation: clear\` and \`expect: ${hold.claim}\``;
    say(`froze "${hold.lock.text}": nobody gets it until it is cleared, with ${thaw}`);
  }
}
async function acquireOr(ports, inputs, freeze, signal) {
  const startedMs = ports.clock.monotonicMs();
  setOutput("reentered", "false");
  try {
    const wish = {
      ...inputs,
      freeze,
      leaseSeconds: null,
      // A freeze stays until it is cleared.
      maxHoldSeconds: freeze ? null : inputs.maxHoldSeconds,
      mine: handedOn(inputs.who, inputs.connection.repository)
    };
    const holds = await acquireAll(ports, named(inputs), signal === void 0 ? wish : { ...wish, signal });
    setOutput("acquired", "true");
    setOutput("reentered", String(holds.every(({ reentered }) => reentered)));
    writeHolds(holds);
    return holds;
  } catch (error) {
    if (inputs.onTimeout !== "skip" || !isLockError(error, "not-acquired") || error.status === void 0)
      throw error;
    writeHolders([error.status]);
    note({ kind: "skipped", message: error.message, status: error.status });
    say(`${error.message} Skipped, as \`on-timeout\` says.`);
    return [];
  } finally {
    setOutput("waited-seconds", Math.floor((ports.clock.monotonicMs() - startedMs) / 1e3));
  }
}
async function checkStep(ports, inputs, patience) {
  const mine = handedOn(inputs.who, inputs.connection.repository);
  const checked = await Promise.all(named(inputs).map((lock) => check(ports, lock, mine, patience)));
  setOutput("acquired", "true");
  writeHolds(checked.map(({ hold, claim }) => ({ ...hold, claim })));
  for (const { hold } of checked)
    say(`"${hold.lock.text}" is still held by this job, fencing token ${hold.sequence}`);
}
async function releaseStep(ports, inputs, patience) {
  const failures = [];
  for (const lock of named(inputs).toReversed()) {
    await releaseOne(ports, lock, inputs, patience).catch((error) => failures.push(error));
  }
  const worst = failures.find((error) => isLockError(error, "lost")) ?? failures[0];
  if (worst !== void 0) throw worst;
}
async function releaseOne(ports, lock, inputs, patience) {
  const mine = handedOn(inputs.who, inputs.connection.repository);
  const own = await findOwn(ports, lock, mine, patience);
  if (own.kind === "held" && countDown(own.hold.nonce)) {
    say(`"${lock.text}" stays held: whoever took it first gives it back`);
  } else if (own.kind === "held") {
    const given = await giveBack(ports, own.hold, { by: inputs.who, reason: inputs.reason }, patience, own);
    const ending = endingOf(own.hold, given, mine);
    note({ kind: "ended", hold: own.hold, given, isLoss: ending.isLoss });
    if (ending.isLoss) throw new LockError("lost", ending.text);
    say(ending.text);
    takeBack(own.hold);
  } else {
    const isNobodys = own.kind === "none" && own.status.holders.length === 0;
    if (!isNobodys && !(own.kind === "ended" && isGivenBackByUs(own.entry, mine)))
      throw notHeld(lock, own, mine);
    say(`nothing to give back: "${lock.text}" is ${describeStatus(own.status)}`);
  }
}
async function statusStep(ports, inputs, patience) {
  const locks = await allNamed(ports, inputs, patience);
  const statuses = await Promise.all(locks.map((lock) => readStatus(ports, lock, inputs.slots, patience)));
  writeHolders(statuses);
  note({ kind: "status", statuses });
  if (statuses.length === 0) say(`there is no lock under ${inputs.namespace}`);
  for (const status of statuses) {
    say(`"${status.name}" is ${describeStatus(status)}`);
    for (const { token, outcome, by, at, reason } of status.last ?? []) {
      say(`  hold ${token} ${outcome} by ${by} at ${at}${reason === null ? "" : `: ${reason}`}`);
    }
  }
}
async function clearStep(ports, inputs, patience) {
  const locks = await allNamed(ports, inputs, patience);
  const results = [];
  for (const lock of locks) {
    for (const cleared of await clear(ports, lock, { ...inputs, by: inputs.who }, patience))
      results.push({ ...cleared, lock });
  }
  for (const { lock, what, oid, result, why } of results)
    say(`"${lock.text}": ${what} (${oid}) ${CLEAR_WORDS[result]}: ${why}`);
  if (results.length === 0) say("nothing to clear");
  const statuses = await Promise.all(locks.map((lock) => readStatus(ports, lock, inputs.slots, patience)));
  writeHolders(statuses);
  note({ kind: "cleared", statuses, results });
  const refused2 = results.filter(({ result }) => result === "refused");
  if (refused2.length === 0) return;
  const list = refused2.map(({ lock, what, oid, why }) => `${what} of "${lock.text}" (${oid}), since ${why}`).join("; ");
  throw new LockError(
    "not-acquired",
    `Not cleared: ${list}. If you know better, clear it with \`force: true\`, its oid in \`expect\`, and a \`reason\`.`
  );
}
var CLEAR_WORDS = {
  cleared: "cleared",
  "would-clear": "would be cleared",
  refused: "not cleared",
  other: "left alone",
  "too-late": "was ended before"
};
async function allNamed(ports, { locks, namespace }, patience) {
  return locks === "all" ? await listLocks(ports, namespace, patience) : locks;
}
function named({ locks }) {
  if (locks === "all") throw new LockError("bug", "There is no lock to work on.");
  return locks;
}
function writeHolds(holds) {
  setOutput("fencing-token", holds.map(({ sequence }) => sequence).join("\n"));
  setOutput("ref", holds.map(({ lock, slot }) => holderRef(lock, slot)).join("\n"));
  setOutput("claim", holds.map(({ claim }) => claim).join("\n"));
}
function writeHolders(locks) {
  setOutput("holders", JSON.stringify({ locks }));
}

// src/action/state.ts
var NAME = "reflock";
function openJournal({ connection, who }, { way, nodeId }) {
  const holds = /* @__PURE__ */ new Map();
  const tickets = /* @__PURE__ */ new Map();
  const write2 = () => {
    const state = {
      version: 1,
      connection: { ...connection, nodeId: nodeId() },
      way: way(),
      who,
      holds: [...holds.values()],
      tickets: [...tickets.values()]
    };
    saveState(NAME, state);
  };
  return {
    saveHold(hold) {
      holds.set(hold.claim, hold);
      write2();
    },
    forgetHold(hold) {
      if (holds.delete(hold.claim)) write2();
    },
    saveTicket(ticket) {
      tickets.set(ticket.ref, ticket);
      write2();
    },
    forgetTicket(ticket) {
      if (tickets.delete(ticket.ref)) write2();
    }
  };
}
function loadState() {
  const text2 = getState(NAME);
  if (text2 === "") return null;
  const state = JSON.parse(text2);
  if (state.version !== 1)
    throw new LockError(
      "foreign",
      "The step's state was saved by another version of reflock than this post step"
    );
  return state;
}

// src/action/steps.ts
var TROUBLE_MS2 = 6e4;
var SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 };
async function main() {
  setOutput("acquired", "false");
  const cancelled = new AbortController();
  let signalCode = 0;
  for (const [signal, code] of Object.entries(SIGNAL_CODES)) {
    process.once(signal, () => {
      signalCode ||= code;
      cancelled.abort();
    });
  }
  try {
    const inputs = readInputs();
    const ports = await openPorts(inputs, "update-refs", (learned) => openJournal(inputs, learned));
    await operate(ports, inputs, {
      untilMs: machine.clock.monotonicMs() + TROUBLE_MS2,
      signal: cancelled.signal
    });
    await writeSummary();
    return 0;
  } catch (error) {
    if (isLockError(error, "cancelled")) {
      say("cancelled");
      return signalCode;
    }
    const code = failed(error);
    await writeSummary();
    return code;
  }
}
async function openPorts({ connection, who }, way, journal) {
  setSecret(connection.token);
  const { store, liveness } = await openGitHub(connection, way);
  const ports = { ...machine, store, liveness, tell: progressTeller(), journal: journal(store) };
  return remembering(ports, connection.repository, who);
}
function failed(error) {
  if (isLockError(error)) {
    setFailed(plain(error.message));
    if (error.status !== void 0) {
      writeHolders([error.status]);
      note({ kind: "not-acquired", message: error.message, status: error.status });
    }
  } else {
    const trace = error instanceof Error ? error.stack ?? error.message : String(error);
    setFailed(`reflock has a bug, please report it: ${plain(trace)}`);
  }
  return 1;
}
async function post() {
  try {
    const state = loadState();
    return state === null ? 0 : await cleanUp2(state);
  } catch (error) {
    if (!isLockError(error)) return failed(error);
    warn(
      `The lock was not given back: ${error.message} Others take it over once this job has completed; or clear it.`
    );
    return 0;
  }
}
var NO_JOURNAL = { saveHold() {
}, forgetHold() {
}, saveTicket() {
}, forgetTicket() {
} };
async function cleanUp2(state) {
  if (state.holds.length === 0 && state.tickets.length === 0) return 0;
  const ports = await openPorts(state, state.way, () => NO_JOURNAL);
  const mine = handedNothing(state.who);
  let code = 0;
  for (const done of await giveAllBack(ports, state, { by: state.who, reason: null }, TROUBLE_MS2)) {
    if ("error" in done) {
      warn(notGivenBack(done.hold?.lock.text ?? null, done.error));
      if (done.hold !== null) note({ kind: "not-given-back", hold: done.hold, message: done.error.message });
      continue;
    }
    const { text: text2, isLoss } = endingOf(done.hold, done.given, mine);
    note({ kind: "ended", hold: done.hold, given: done.given, isLoss });
    if (isLoss) {
      setFailed(plain(text2));
      code = 1;
    } else if (text2 !== "") {
      say(text2);
    }
  }
  await writeSummary();
  return code;
}
function notGivenBack(name, error) {
  const what = name === null ? "A ticket was not withdrawn" : `The lock "${name}" was not given back`;
  return `${what}: ${error.message}. Others take it over once this job has completed; or clear it.`.replaceAll(
    "..",
    "."
  );
}

export {
  leave,
  main,
  post
};
