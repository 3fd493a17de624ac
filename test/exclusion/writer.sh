#!/bin/sh
# The guarded command: reads a number, pauses, writes one more. By nothing but the lock is it kept from doing so beside another.
#
#   writer.sh naive|fenced COUNTER GO TIMES
#
# COUNTER: a file, or for `fenced` the folder of fenced.sh. It pauses until GO is there, or for a tenth of a second where GO is empty.
# It does not let TERM disturb it, and where STAYS is set it works on for ever once it has written. Exit status 9: it was refused, and knows.
set -u
trap '' TERM
kind=$1 counter=$2 go=$3 times=$4
fenced=${0%/*}/fenced.sh

get() {
  case $kind in
    naive) cat "$counter" ;;
    fenced) sh "$fenced" read "$counter" "$REFLOCK_TOKEN" ;;
  esac
}
put() {
  case $kind in
    naive) echo "$1" > "$counter" ;;
    fenced) sh "$fenced" write "$counter" "$REFLOCK_TOKEN" "$1" ;;
  esac
}
pause() {
  if [ -z "$go" ]; then sleep 0.1; else while [ ! -e "$go" ]; do sleep 0.1; done; fi
}
ended() {
  status=$?
  [ "$status" -ne 9 ] || echo refused
  exit "$status"
}

echo "pid $$ token $REFLOCK_TOKEN"
while [ "$times" -gt 0 ]; do
  number=$(get) || ended
  echo "read $number"
  pause
  put $((number + 1)) || ended
  echo "wrote $((number + 1))"
  times=$((times - 1))
done
while [ -n "${STAYS-}" ]; do sleep 0.1; done
