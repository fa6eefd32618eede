# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for likesync
_likesync()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local place='' words='' values='' files='' i

	# place: the command, and its verb, without options.
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		-c) ((i++)) ;;
		-*) ;;
		*) place+="${place:+ }${COMP_WORDS[i]}" ;;
		esac
	done
	# words: what can follow. values, files: options that take a value, or
	# a file; "operands" in files: the operands are files.
	case $place in
	'')
		words='sync scan merge queue auth status playlist export missing history
			place upgrade pin reject forget report backup restore doctor reset
			config dump
			analyze match source-test
			--help --version -c -q -v' ;;
	'sync' | 'sync '*)
		words='--help --dry-run --limit --max-runtime --accept-unlikes --json'
		values='--limit --max-runtime' ;;
	'scan' | 'scan '*)
		words='--help --limit --max-runtime --workers --accept-removals
			--shard --out --json'
		values='--limit --max-runtime --workers --shard'
		files='--out' ;;
	'merge' | 'merge '*)
		words='--help --accept-removals --json'
		files='operands' ;;
	'queue' | 'queue '*)
		words='--help --by --wait --max-runtime --json'
		values='--by --max-runtime'
		[[ $place == queue ]] && words+=' add cancel run' ;;
	'auth login' | 'auth login '*)
		words='--help --paste --port'
		values='--port' ;;
	'auth import' | 'auth import '*)
		words='--help --authorized'
		values='--authorized' ;;
	'auth status' | 'auth status '*)
		words='--help --json' ;;
	'auth logout' | 'auth logout '*)
		words='--help' ;;
	'auth telegram' | 'auth telegram '*)
		words='--help --logout' ;;
	'status' | 'status '*)
		words='--help --problems --new --json' ;;
	'playlist' | 'playlist '*)
		words='--help --missing --own --name --queue --fetch --start-from
			--limit --sequential --batch-size --no-resume
			--output-dir --organize-by --year-folders
			--check-missing --debug --dry-run --json'
		values='--name --start-from --limit --batch-size
			--organize-by'
		files='operands' ;;
	'export' | 'export '*)
		words='--help -o --to --format --playlist --name --liked
			--prefix --volume --as-is --json'
		[[ $place == export ]] && words+=' m3u8 rekordbox traktor
			matched-tracks csv'
		values='--format --name --prefix --volume'
		files='-o --to --playlist' ;;
	'missing' | 'missing '*)
		words='--help --playlist --source --reason --older
			--newer --json'
		values='--playlist --source --reason --older --newer' ;;
	'history' | 'history '*)
		words='--help --playlist --source --reason --older
			--newer --json'
		values='--playlist --source --reason --older --newer'
		files='operands' ;;
	'place' | 'place '*)
		words='--help --dry-run --apply --files --json'
		values='--files' ;;
	'upgrade' | 'upgrade '*)
		words='--help --apply --remote --audit --limit --json'
		values='--limit' ;;
	'pin' | 'pin '*)
		words='--help --forget --json'
		files='operands' ;;
	'reject' | 'reject '*)
		words='--help --forget --json'
		files='operands' ;;
	'forget' | 'forget '*)
		words='--help --yes --undo --json' ;;
	'report' | 'report '*)
		words='--help -o --open'
		files='-o' ;;
	'backup' | 'backup '*)
		words='--help --secrets'
		files='operands' ;;
	'restore' | 'restore '*)
		words='--help --dry-run'
		files='operands' ;;
	'doctor' | 'doctor '*)
		words='--help --json' ;;
	'reset' | 'reset '*)
		words='--help --yes' ;;
	'config' | 'config '*)
		words='--help --sample --manual' ;;
	'dump' | 'dump '*)
		words='--help tracks liked files analyses lists searches words
			identities numbers folders folder_paths tracks_of
			sounds lengths notes' ;;
	'analyze' | 'analyze '*)
		words='--help --json --beats'
		files='operands' ;;
	'source-test' | 'source-test '*)
		words='--help --track --state --fetch'
		values='--track --state'
		files='operands' ;;
	'match' | 'match '*)
		words='--help' ;;
	auth)
		words='login import status logout telegram' ;;
	esac
	COMPREPLY=()
	if [[ $prev == -c || " $files " == *" $prev "* ||
	    ( " $files " == *" operands "* && $cur != -* ) ]]; then
		compopt -o filenames 2> /dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	elif [[ " $values " != *" $prev "* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
	fi
}
complete -F _likesync likesync
