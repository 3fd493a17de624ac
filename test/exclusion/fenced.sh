#!/bin/sh
# A text that refuses whoever comes late, kept in a folder that several processes share: an example of a target that compares the fencing token.
#
#   fenced.sh read  FOLDER TOKEN         prints the text, and from now on refuses every lower token
#   fenced.sh write FOLDER TOKEN TEXT    replaces the text, if no higher token was seen
#
# Exit status 9: refused, since somebody with a higher token was here. Then nothing was changed, and nothing will be.
#
# Each state is a file of its own, named by its number: the highest token seen is its first line, and the text the rest. A state is made by link(2), which
# fails where the name exists: of two who would follow the same state one wins, and the other looks again. So the token is compared and the text replaced
# in one step, and whoever is stopped at any point holds up nobody.
#
# - Reading shows the token too. If writing alone did, who is late could still write between the reading and the writing of whoever came after him.
# - No state is ever deleted: whoever was stopped just before making it could make it again.
set -u
export LC_ALL=C
verb=$1 folder=$2 token=$3 text=${4-}
case $verb in read | write) ;; *) echo "fenced: read or write, not \"$verb\"" >&2 && exit 64 ;; esac
case $token in '' | 0* | *[!0-9]*) echo "fenced: \"$token\" is no fencing token" >&2 && exit 64 ;; esac
mkdir -p "$folder" && next=$(mktemp "$folder/.next.XXXXXX") || exit
trap 'rm -f "$next"' EXIT

while :; do
  # Of one width, so that the last by name is the newest.
  number=100000000000 highest=0 now=
  for state in "$folder"/1*; do [ -e "$state" ] && number=${state##*/}; done
  [ "$number" -eq 100000000000 ] || { read -r highest && now=$(cat); } < "$folder/$number" || exit
  if [ "$token" -lt "$highest" ]; then
    echo "fenced: token $token is refused, since $highest was here" >&2
    exit 9
  fi
  if [ "$verb" = read ]; then
    text=$now
    [ "$token" -gt "$highest" ] || break
  fi
  # A file of its own for each try: a link of which it was not told that it was made, as on NFS, would be written over.
  rm -f "$next" && printf '%s\n%s\n' "$token" "$text" > "$next" || exit
  state=$folder/$((number + 1))
  ln "$next" "$state" 2> /dev/null && break
  # Somebody else was first. What else may keep it from being made would do so again.
  [ -e "$state" ] || { echo "fenced: $state can't be made" >&2 && exit 74; }
done
[ "$verb" = write ] || printf '%s\n' "$text"
