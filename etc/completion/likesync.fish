# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for likesync

# Prints the words before the cursor that are not options.
function __likesync_words
	set -l skip no
	for word in (commandline -opc)[2..]
		if test $skip = yes
			set skip no
			continue
		end
		switch $word
			case -c
				set skip yes
			case '-*'
			case '*'
				echo $word
		end
	end
end

# True if these words are exactly the arguments.
function __likesync_at
	set -l words (__likesync_words)
	test "$words" = "$argv"
end

# True if these words begin with the arguments.
function __likesync_in
	set -l words (__likesync_words)
	test "$words[1.."(count $argv)"]" = "$argv"
end

complete -c likesync -f
complete -c likesync -n __likesync_at -s c -r -F -d 'configuration file'
complete -c likesync -n __likesync_at -s q -d 'only messages that need action'
complete -c likesync -n __likesync_at -s v -d 'more detail'
complete -c likesync -n __likesync_at -l help -d 'list the commands'
complete -c likesync -n __likesync_at -l version -d 'print the version'
complete -c likesync -n __likesync_at -a sync \
	-d 'fetch, analyze and publish newly liked tracks'
complete -c likesync -n __likesync_at -a scan \
	-d 'bring index and analysis document up to date with the library'
complete -c likesync -n __likesync_at -a merge \
	-d 'bring parts that other machines analyzed into index and document'
complete -c likesync -n __likesync_at -a queue \
	-d 'jobs: list, show, cancel and run them'
complete -c likesync -n __likesync_at -a auth \
	-d 'authorization: login, import, status, logout, telegram'
complete -c likesync -n __likesync_at -a status \
	-d 'health, recent runs, pending work'
complete -c likesync -n __likesync_at -a playlist \
	-d 'what the library has of a playlist, album or track'
complete -c likesync -n __likesync_at -a export \
	-d 'a file for DJ software: M3U8, rekordbox, Traktor, CSV'
complete -c likesync -n __likesync_at -a missing \
	-d 'liked tracks that are not in the library, and why'
complete -c likesync -n __likesync_at -a history \
	-d 'what happened to a track, or where a file came from'
complete -c likesync -n __likesync_at -a place \
	-d "move the library's files to where the layouts put them"
complete -c likesync -n __likesync_at -a upgrade \
	-d 'replace fetched files by better ones, or list doubtful ones'
complete -c likesync -n __likesync_at -a pin \
	-d 'choose the file or link for a track; list and forget pins'
complete -c likesync -n __likesync_at -a reject \
	-d 'exclude a file or link from a track'
complete -c likesync -n __likesync_at -a forget \
	-d "remove a track's file and never fetch it again"
complete -c likesync -n __likesync_at -a report \
	-d 'write an HTML page about the library and the runs'
complete -c likesync -n __likesync_at -a backup \
	-d 'write index, records, document and configuration to one file'
complete -c likesync -n __likesync_at -a restore \
	-d 'check a backup, then replace the current state with it'
complete -c likesync -n __likesync_at -a doctor \
	-d 'check everything that a run needs and say how to fix it'
complete -c likesync -n __likesync_at -a reset \
	-d 'forget failed attempts and the queue'
complete -c likesync -n __likesync_at -a config \
	-d 'print the effective configuration'
complete -c likesync -n __likesync_at -a dump \
	-d 'print the index as JSON lines'
complete -c likesync -n __likesync_at -a analyze \
	-d 'analyze files and print tempo, key and loudness'
complete -c likesync -n __likesync_at -a match \
	-d 'compare candidates with tracks: JSON lines in, JSON lines out'
complete -c likesync -n __likesync_at -a source-test \
	-d 'hold a source program against the protocol'

complete -c likesync -n '__likesync_in sync' -l help -d 'list the options'
complete -c likesync -n '__likesync_in sync' -l dry-run \
	-d 'print what would be fetched, and why'
complete -c likesync -n '__likesync_in sync' -l limit -x \
	-d 'fetch at most N tracks'
complete -c likesync -n '__likesync_in sync' -l max-runtime -x \
	-d 'end the run after this time, such as 45m'
complete -c likesync -n '__likesync_in sync' -l accept-unlikes \
	-d 'accept that many tracks are liked no longer'
complete -c likesync -n '__likesync_in sync' -l json \
	-d 'print one JSON object'

complete -c likesync -n '__likesync_in scan' -l help -d 'list the options'
complete -c likesync -n '__likesync_in scan' -l limit -x \
	-d 'analyze at most N files'
complete -c likesync -n '__likesync_in scan' -l max-runtime -x \
	-d 'end the run after this time, such as 45m'
complete -c likesync -n '__likesync_in scan' -l workers -x \
	-d 'analyze N files in parallel'
complete -c likesync -n '__likesync_in scan' -l accept-removals \
	-d 'accept that many files were removed'
complete -c likesync -n '__likesync_in scan' -l shard -x \
	-d 'analyze slice K of N only, for --out; changes no index and no document'
complete -c likesync -n '__likesync_in scan' -l out -r -F \
	-d 'the file to write what --shard analyzed to'
complete -c likesync -n '__likesync_in scan' -l json \
	-d 'print one JSON object'

complete -c likesync -n '__likesync_in merge' -l help -d 'list the options'
complete -c likesync -n '__likesync_in merge' -l accept-removals \
	-d 'accept that many files were removed'
complete -c likesync -n '__likesync_in merge' -l json \
	-d 'print one JSON object'
complete -c likesync -n '__likesync_in merge' -F

complete -c likesync -n '__likesync_at queue' -a 'add cancel run'
complete -c likesync -n '__likesync_in queue' -l help -d 'list the options'
complete -c likesync -n '__likesync_in queue' -l by -x \
	-d 'add: who asks, for the list of jobs'
complete -c likesync -n '__likesync_in queue' -l wait \
	-d 'run: wait while another run is working'
complete -c likesync -n '__likesync_in queue' -l max-runtime -x \
	-d 'run: end after this time, such as 45m'
complete -c likesync -n '__likesync_in queue' -l json \
	-d 'print one JSON object'
complete -c likesync -n '__likesync_at auth' -a login
complete -c likesync -n '__likesync_in auth login' -l help -d 'list the options'
complete -c likesync -n '__likesync_in auth login' -l paste \
	-d 'open no port; paste the redirected address instead'
complete -c likesync -n '__likesync_in auth login' -l port -x \
	-d 'listen on this port of 127.0.0.1'

complete -c likesync -n '__likesync_at auth' -a import
complete -c likesync -n '__likesync_in auth import' -l help \
	-d 'list the options'
complete -c likesync -n '__likesync_in auth import' -l authorized -x \
	-d 'day of the authorization, YYYY-MM-DD; default: today'

complete -c likesync -n '__likesync_at auth' -a status
complete -c likesync -n '__likesync_in auth status' -l help \
	-d 'list the options'
complete -c likesync -n '__likesync_in auth status' -l json \
	-d 'print one JSON object'

complete -c likesync -n '__likesync_at auth' -a logout
complete -c likesync -n '__likesync_in auth logout' -l help \
	-d 'list the options'

complete -c likesync -n '__likesync_at auth' -a telegram
complete -c likesync -n '__likesync_in auth telegram' -l help \
	-d 'list the options'
complete -c likesync -n '__likesync_in auth telegram' -l logout \
	-d 'end the session, and remove it'

complete -c likesync -n '__likesync_in status' -l help -d 'list the options'
complete -c likesync -n '__likesync_in status' -l problems \
	-d 'list files that cannot be analyzed, or only in part'
complete -c likesync -n '__likesync_in status' -l new \
	-d 'with --json: also the files of the last week'
complete -c likesync -n '__likesync_in status' -l json \
	-d 'print one JSON object'

complete -c likesync -n '__likesync_in playlist' -l help -d 'list the options'
complete -c likesync -n '__likesync_in playlist' -l missing \
	-d 'only tracks that are not in the library'
complete -c likesync -n '__likesync_in playlist' -l own -d 'list your own playlists'
complete -c likesync -n '__likesync_in playlist' -l name -x \
	-d 'the playlist of that name of Playlist1.json'
complete -c likesync -n '__likesync_in playlist' -l queue \
	-d 'queue what is missing for the next run'
complete -c likesync -n '__likesync_in playlist' -l fetch \
	-d 'fetch what is missing now'
complete -c likesync -n '__likesync_in playlist' -l start-from -x \
	-d 'queue or fetch from this position on'
complete -c likesync -n '__likesync_in playlist' -l limit -x \
	-d 'queue or fetch at most N tracks'
complete -c likesync -n '__likesync_in playlist' -l sequential \
	-d 'fetch one track at a time'
complete -c likesync -n '__likesync_in playlist' -l batch-size -x \
	-d 'fetch and publish N tracks at a time'
complete -c likesync -n '__likesync_in playlist' -l no-resume \
	-d 'begin a new job instead of continuing'
complete -c likesync -n '__likesync_in playlist' -l output-dir -r \
	-d 'copy the list\'s files to this folder'
complete -c likesync -n '__likesync_in playlist' -l organize-by -x \
	-a 'artist album year none' \
	-d 'in folders by artist, album, year or none'
complete -c likesync -n '__likesync_in playlist' -l year-folders \
	-d 'these in a folder for each year'
complete -c likesync -n '__likesync_in playlist' -l check-missing \
	-d 'the same'
complete -c likesync -n '__likesync_in playlist' -l debug \
	-d 'log in detail, as likesync -v'
complete -c likesync -n '__likesync_in playlist' -l dry-run \
	-d 'print what --fetch would do, and its cost'
complete -c likesync -n '__likesync_in playlist' -l json \
	-d 'print one JSON object'
complete -c likesync -n '__likesync_in playlist' -F

complete -c likesync -n '__likesync_in export' -l help -d 'list the options'
complete -c likesync -n '__likesync_in export' -s o -r -F \
	-d 'the file to write; - is standard output'
complete -c likesync -n '__likesync_in export' -l to -r -F \
	-d 'convert copies of the files into this folder'
complete -c likesync -n '__likesync_in export' -l format -x \
	-a 'aac mp3 flac aiff' -d 'of these copies: aac, mp3, flac or aiff'
complete -c likesync -n '__likesync_in export' -l playlist -r -F \
	-d 'the tracks of this list that are in the library'
complete -c likesync -n '__likesync_in export' -l name -x \
	-d 'the playlist of that name of Playlist1.json'
complete -c likesync -n '__likesync_in export' -l liked -d 'liked tracks'
complete -c likesync -n '__likesync_in export' -l prefix -x \
	-d "the library's folder where the file is read"
complete -c likesync -n '__likesync_in export' -l volume -x \
	-d 'the disk of that folder, for Traktor on macOS'
complete -c likesync -n '__likesync_in export' -l as-is -d 'analyze nothing first'
complete -c likesync -n '__likesync_in export' -l json \
	-d 'print one JSON object'
complete -c likesync -n '__likesync_in export' \
	-a 'm3u8 rekordbox traktor matched-tracks csv'

complete -c likesync -n '__likesync_in missing' -l help -d 'list the options'
complete -c likesync -n '__likesync_in missing' -l playlist -x \
	-d 'only tracks of this list, by its link or name, which was read before'
complete -c likesync -n '__likesync_in missing' -l source -x \
	-d 'only tracks that came from this source, or were rejected there'
complete -c likesync -n '__likesync_in missing' -l reason -x \
	-d 'only tracks whose reason has these words'
complete -c likesync -n '__likesync_in missing' -l older -x \
	-d 'only tracks that are wanted for longer, such as 30d'
complete -c likesync -n '__likesync_in missing' -l newer -x \
	-d 'only tracks that are wanted for less time'
complete -c likesync -n '__likesync_in missing' -l json \
	-d 'print one JSON object'

complete -c likesync -n '__likesync_in history' -l help -d 'list the options'
complete -c likesync -n '__likesync_in history' -l playlist -x \
	-d 'only tracks of this list, by its link or name, which was read before'
complete -c likesync -n '__likesync_in history' -l source -x \
	-d 'only tracks that came from this source, or were rejected there'
complete -c likesync -n '__likesync_in history' -l reason -x \
	-d 'only tracks whose reason has these words'
complete -c likesync -n '__likesync_in history' -l older -x \
	-d 'only tracks that are wanted for longer, such as 30d'
complete -c likesync -n '__likesync_in history' -l newer -x \
	-d 'only tracks that are wanted for less time'
complete -c likesync -n '__likesync_in history' -l json \
	-d 'print one JSON object'
complete -c likesync -n '__likesync_in history' -F

complete -c likesync -n '__likesync_in place' -l help -d 'list the options'
complete -c likesync -n '__likesync_in place' -l dry-run \
	-d 'print what would be moved'
complete -c likesync -n '__likesync_in place' -l apply -d 'move the files'
complete -c likesync -n '__likesync_in place' -l files -x \
	-a 'placed known all' \
	-d 'placed (by likesync), known (also others whose track is known) or all'
complete -c likesync -n '__likesync_in place' -l json \
	-d 'print one JSON object'

complete -c likesync -n '__likesync_in upgrade' -l help -d 'list the options'
complete -c likesync -n '__likesync_in upgrade' -l apply -d 'replace the files'
complete -c likesync -n '__likesync_in upgrade' -l remote \
	-d 'with --apply: also download lossless files'
complete -c likesync -n '__likesync_in upgrade' -l audit \
	-d 'list fetched files that may be wrong'
complete -c likesync -n '__likesync_in upgrade' -l limit -x \
	-d 'replace at most N files'
complete -c likesync -n '__likesync_in upgrade' -l json \
	-d 'print one JSON object'

complete -c likesync -n '__likesync_in pin' -l help -d 'list the options'
complete -c likesync -n '__likesync_in pin' -l forget \
	-d 'forget the pin or rejection'
complete -c likesync -n '__likesync_in pin' -l json \
	-d 'print one JSON object'
complete -c likesync -n '__likesync_in pin' -F

complete -c likesync -n '__likesync_in reject' -l help -d 'list the options'
complete -c likesync -n '__likesync_in reject' -l forget \
	-d 'forget the pin or rejection'
complete -c likesync -n '__likesync_in reject' -l json \
	-d 'print one JSON object'
complete -c likesync -n '__likesync_in reject' -F

complete -c likesync -n '__likesync_in forget' -l help -d 'list the options'
complete -c likesync -n '__likesync_in forget' -l yes -d 'do not ask'
complete -c likesync -n '__likesync_in forget' -l undo \
	-d 'allow the track again'
complete -c likesync -n '__likesync_in forget' -l json \
	-d 'print the list as one JSON object'

complete -c likesync -n '__likesync_in report' -l help -d 'list the options'
complete -c likesync -n '__likesync_in report' -s o -r -F \
	-d 'write to FILE; - is standard output'
complete -c likesync -n '__likesync_in report' -l open \
	-d 'open the page in the browser'

complete -c likesync -n '__likesync_in backup' -l help -d 'list the options'
complete -c likesync -n '__likesync_in backup' -l secrets \
	-d 'include the authorization and the client secret'
complete -c likesync -n '__likesync_in backup' -F

complete -c likesync -n '__likesync_in restore' -l help -d 'list the options'
complete -c likesync -n '__likesync_in restore' -l dry-run \
	-d 'check the backup and replace nothing'
complete -c likesync -n '__likesync_in restore' -F

complete -c likesync -n '__likesync_in doctor' -l help -d 'list the options'
complete -c likesync -n '__likesync_in doctor' -l json \
	-d 'print one JSON object'

complete -c likesync -n '__likesync_in reset' -l help -d 'list the options'
complete -c likesync -n '__likesync_in reset' -l yes -d 'do not ask'
complete -c likesync -n '__likesync_in config' -l help -d 'list the options'
complete -c likesync -n '__likesync_in config' -l sample \
	-d 'print the sample file: every key with its default'
complete -c likesync -n '__likesync_in config' -l manual \
	-d 'print the keys for likesync.conf(5)'

complete -c likesync -n '__likesync_in dump' -l help -d 'list the options'
complete -c likesync -n '__likesync_in dump' \
	-a 'tracks liked files analyses lists searches words identities
	numbers folders folder_paths tracks_of sounds lengths notes'

complete -c likesync -n '__likesync_in analyze' -l help -d 'list the options'
complete -c likesync -n '__likesync_in analyze' -l json \
	-d 'print one JSON object per file'
complete -c likesync -n '__likesync_in analyze' -l beats \
	-d 'with --json: every beat, in seconds'
complete -c likesync -n '__likesync_in analyze' -F

complete -c likesync -n '__likesync_in match' -l help -d 'list the options'

complete -c likesync -n '__likesync_in source-test' -l help \
	-d 'list the options'
complete -c likesync -n '__likesync_in source-test' -l track -x \
	-d 'search for this track, "ARTIST - TITLE"'
complete -c likesync -n '__likesync_in source-test' -l state -r \
	-d 'its state folder; an empty one by default'
complete -c likesync -n '__likesync_in source-test' -l fetch \
	-d 'download the first candidate; counts against the caps and needs -c FILE'
complete -c likesync -n '__likesync_in source-test' -F
