/**
 * The small shell scripts around a guarded command, and the Node one that stands for them where there is no shell.
 * Owns what they do, step by step; must not know who starts them, nor when. None has anything from outside in its text: what they need to know comes as
 * arguments or through a pipe.
 */

export const SHELL = "/bin/sh";

/**
 * Becomes the command once it is told to, and ends if whoever should tell is gone. So there is no moment in which a command runs of which the watcher does
 * not know. File 3 is the pipe by which it is told; `exec` looks for programs alone, and not for what the shell has built in.
 */
export const GATE = `read -r go <&3 || exit 143
exec 3>&-
exec "$@"`;

/**
 * Runs the command in the foreground of the terminal and in a group of its own, as an interactive shell would: job control does both. It tells the group
 * by file 3, through which the gate is then opened.
 *
 * - Ctrl-C and Ctrl-\\ reach the command's group, and that alone. If Ctrl-C ends it, the shell behaves as if it had been meant too: dash runs the first
 *   trap, bash the second, without getting beyond `fg`.
 * - Ctrl-Z would leave the lock to run out, with the command half done and able to go on at any time. So what was stopped is continued at once; a program
 *   that insists is let stop for a second each time.
 * - It is a function that calls itself because bash leaves a loop in which a job is stopped.
 * - zsh has another idea of job control in scripts. Without it the command goes into a session of its own.
 * - bash needs its file 2 for job control; others use it only to say how a job ended, which is not theirs to say.
 */
export const FOREGROUND = `trap 'exit 130' INT
set -m 2>/dev/null
case $ZSH_VERSION$- in *.*) echo none >&3; exit 0 ;; *m*) ;; *) echo none >&3; exit 0 ;; esac
( ${GATE.replaceAll("\n", "; ")} ) &
group=$!
echo "$group" >&3
exec 3>&-
[ -n "$BASH_VERSION" ] || exec 2>/dev/null
trap 'exit "$status"' EXIT
stops=0
front() {
  status=130
  fg >/dev/null
  status=$?
  kill -0 "$group" 2>/dev/null || return 0
  stops=$((stops + 1))
  [ "$stops" -lt 20 ] || sleep 1
  front
}
front
exit "$status"`;

/** What the watcher is told, a line each: the seconds between TERM and KILL, a group's number, and these. */
export const GRACE = "grace=";
export const HURRY = "hurry";
export const DONE = "done";

/**
 * Reads what it is told until the pipe ends. Without \`done\` before, whoever had the other end was killed: then the group gets TERM, some seconds, KILL. CONT lets
 * what was stopped receive the TERM. After \`hurry\` the group has had its TERM. Signals are ignored: only the pipe ends it.
 */
export const WATCHER = `trap '' INT TERM HUP QUIT PIPE TSTP TTIN TTOU USR1 USR2
group=
seconds=5
while read -r word; do
  case $word in
    ${DONE}) exit 0 ;;
    ${HURRY}) seconds=0 ;;
    ${GRACE}*) seconds=\${word#${GRACE}} ;;
    *) group=$word ;;
  esac
done
case $group in '' | *[!0-9]* | 0 | 1) exit 0 ;; esac
kill -s TERM -- "-$group" 2>/dev/null
kill -s CONT -- "-$group" 2>/dev/null
while [ "$seconds" -gt 0 ] && kill -s 0 -- "-$group" 2>/dev/null; do
  sleep 1
  seconds=$((seconds - 1))
done
kill -s KILL -- "-$group" 2>/dev/null
exit 0`;

/**
 * The same for machines without that shell. It starts in forty milliseconds rather than two. Windows has no process groups and no TERM: taskkill ends the
 * process and, with /T, those that it has started and that still have it as their parent.
 */
export const NODE_WATCHER = `
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]) process.on(signal, () => {});
let told = "";
process.stdin.setEncoding("utf8").on("data", (text) => {
  told += text;
  if (told.includes("${DONE}\\n")) process.exit(0);
});
const end = () => {
  const group = Number(/^\\d+$/m.exec(told)?.[0] ?? 0);
  if (group <= 1) process.exit(0);
  if (process.platform === "win32") {
    require("node:child_process").spawnSync("taskkill", ["/PID", String(group), "/T", "/F"], { stdio: "ignore" });
    process.exit(0);
  }
  const kill = (signal) => {
    try {
      process.kill(-group, signal);
    } catch {
      process.exit(0);
    }
  };
  kill("SIGTERM");
  kill("SIGCONT");
  const grace = Number(/^${GRACE}(\\d+)$/m.exec(told)?.[1] ?? 5);
  setTimeout(kill, told.includes("${HURRY}\\n") ? 0 : grace * 1000, "SIGKILL");
  setInterval(kill, 100, 0);
};
process.stdin.on("end", end).on("error", end);
`;
