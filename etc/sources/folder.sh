#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A source for likesync, in shell: files below a folder that are named
# "Artist - Title.ext". It needs jq. The protocol is described in sources.md.
#
#	[source.shared]
#	type = exec
#	command = /usr/local/share/doc/likesync/examples/sources/folder.sh
#	args = /srv/shared
folder=$1

fail() { # CODE MESSAGE
	jq -cn --argjson id "$id" --arg code "$1" --arg message "$2" \
	    '{type: "error", $id, $code, $message}'
}

search() {
	title=$(printf '%s' "$request" | jq -r .track.title)
	find "$folder" -type f -iname "* - *" | jq -cRn --argjson id "$id" \
	    --arg title "$title" '{type: "candidates", $id, candidates: [inputs
	    | {ref: ., name: (split("/")[-1] | sub("\\.[^.]*$"; ""))}
	    | select(.name | ascii_downcase | contains($title
	    | ascii_downcase))
	    | {ref, artist: (.name | split(" - ")[0]),
	       title: (.name | split(" - ")[1:] | join(" - "))}]}'
}

fetch() {
	file=$(printf '%s' "$request" | jq -r '.ref // ""')
	into=$(printf '%s' "$request" | jq -r .folder)
	case $file in
	*/../*) fail not_found "$file" ;;
	"$folder"/*)
		if [ ! -f "$file" ]; then
			fail not_found "$file"
		elif cp -- "$file" "$into/"; then
			jq -cn --argjson id "$id" --arg file "${file##*/}" \
			    '{type: "done", $id, $file}'
		else
			fail temporary "$file: can't be copied"
		fi ;;
	*) fail not_found "$file" ;;
	esac
}

while IFS= read -r request; do
	id=$(printf '%s' "$request" | jq .id)
	case $(printf '%s' "$request" | jq -r .type) in
	hello) jq -cn --argjson id "$id" '{type: "hello", $id, protocol: 1,
		name: "folder.sh", version: "1", capabilities: ["search"]}' ;;
	search) search ;;
	fetch) fetch ;;
	esac
done
