"use strict";
(function () {
	const $ = id => document.getElementById(id);
	if (!$("ask") || !$("coverage"))
		return;
	const can_change = document.body.dataset.right === "change";
	const POLL_MS = 5000, QUEUE_MS = 15000, LIBRARY_MS = 60000;
	let link = null, coverage = null, job = null, job_id = null;
	let poll_timer = 0, asked = 0;

	/* ---- the server ---- */

	/* Not by way of the cache: there, two tabs wait for each other. */
	async function ask(path, body) {
		const sent = body === undefined ? { cache: "no-store" } :
			{ method: "POST",
			headers: { "Content-Type": "application/json" },
			body: JSON.stringify(body) };
		const answer = await fetch(path, sent);
		if (answer.status === 401)
			location.reload();
		const type = answer.headers.get("Content-Type") || "";
		const value = type.includes("json") ? await answer.json() : {};
		if (!answer.ok) {
			const error = new Error(value.detail || value.title ||
				"The server answered " + answer.status + ".");
			error.status = answer.status;
			throw error;
		}
		return value;
	}

	function make(tag, name, text) {
		const e = document.createElement(tag);
		if (name)
			e.className = name;
		if (text !== undefined)
			e.textContent = text;
		return e;
	}

	/* undo: what a button beside it does. */
	function say(text, undo) {
		$("status").textContent = text;
		$("undo").hidden = !undo;
		$("undo").onclick = undo || null;
	}

	function alarm(error) {
		$("alarm").textContent = error ? error.message : "";
		$("alarm").hidden = !error;
		if (error)
			say("");
	}

	function count(n, one) {
		return n.toLocaleString("en") + " " + one + (n === 1 ? "" : "s");
	}

	/* Reloading, and a bookmark, show the same again. */
	function remember() {
		const q = new URLSearchParams();
		if (link)
			q.set("p", link);
		if (job_id)
			q.set("job", job_id);
		const text = q.toString();
		history.replaceState(null, "", "./" + (text ? "?" + text : "") +
			location.hash);
	}

	/* ---- coverage ---- */

	function in_order(c) {
		return c.missingTracks.concat(c.inLibrary || []).sort(
			(a, b) => a.position - b.position);
	}

	/* A track's height is always the same, so that the strip looks like one
	 * of its own; what is not there is a stub. */
	function height_of(t) {
		let h = 7;
		for (const c of t.name + t.artist)
			h = (h * 31 + c.codePointAt(0)) % 9973;
		return t.state === "in-library" ? 55 + h % 46 :
			t.state === "waiting" ? 26 : 14;
	}

	function draw_strip(tracks) {
		const strip = $("strip"), most = 240;
		const step = Math.ceil(tracks.length / most) || 1;
		const bars = [];
		for (let i = 0; i < tracks.length; i += step) {
			const part = tracks.slice(i, i + step);
			const worst = ["missing", "waiting", "in-library"].find(
				s => part.some(t => t.state === s));
			bars.push({ state: worst, height: part.reduce(
				(sum, t) => sum + height_of(t), 0) / part.length });
		}
		while (strip.children.length > bars.length)
			strip.lastChild.remove();
		while (strip.children.length < bars.length)
			strip.append(make("i"));
		bars.forEach(function (bar, i) {
			strip.children[i].className = bar.state;
			strip.children[i].style.height = bar.height + "%";
		});
		strip.classList.toggle("dense", bars.length > 120);
	}

	const state_words = { "in-library": "in the library",
		waiting: "waiting", missing: "missing" };

	function show_track(t) {
		const li = $("t-track").content.firstElementChild.cloneNode(true);
		const part = name => li.querySelector("." + name);
		const pick = part("pick"), near = part("near");
		const there = t.state === "in-library";
		li.classList.add(t.state);
		li.dataset.position = t.position;
		part("pos").textContent = t.position;
		part("name").textContent = t.name;
		part("artist").textContent = t.artist;
		part("state").textContent = state_words[t.state];
		part("reason").textContent = t.reason || "";
		part("reason").hidden = there;
		pick.hidden = there || !can_change;
		pick.setAttribute("aria-label", "Select " + t.name + " by " +
			t.artist);
		pick.checked = t.picked === true;
		pick.addEventListener("change", function () {
			t.picked = pick.checked;
			show_fetch();
		});
		const found = candidates_of(t);
		near.hidden = found.length === 0;
		near.firstElementChild.textContent = there ? t.file :
			found.length === 1 ? "Nearest match" : "Nearest matches";
		near.addEventListener("toggle", function () {
			const list = near.lastElementChild;
			if (near.open && list.children.length === 0)
				list.append(...found.map(c => show_candidate(t,
					c)));
		});
		return li;
	}

	function show_tracks() {
		const view = document.querySelector("#views :checked").value;
		const all = in_order(coverage);
		$("tracks").replaceChildren(...all.filter(t => view === "all" ||
			(view === "missing") === (t.state !== "in-library")).map(
			show_track));
		$("tracks").classList.toggle("many", all.length > 200);
		$("n-all").textContent = all.length;
		$("n-missing").textContent = coverage.missingTracks.length;
		$("n-in").textContent = coverage.availableTracks;
	}

	function picked() {
		return coverage.missingTracks.filter(t => t.picked);
	}

	function show_fetch() {
		const missing = coverage.missingTracks.length;
		const some = picked().length;
		$("fetch").hidden = missing === 0 || !can_change;
		$("fetch").textContent = some > 0 ? "Download " + some +
			" selected" : "Download missing (" + missing + ")";
		$("fetch").disabled = job_id !== null && !(job && job.completedAt);
	}

	function show_take() {
		const formats = [["m3u8", "M3U"], ["rekordbox", "rekordbox XML"],
			["traktor", "Traktor"],
			["matched-tracks", "matched-tracks.json"], ["csv", "CSV"]];
		const take = $("take");
		take.hidden = coverage.availableTracks === 0;
		while (take.children.length > 1)
			take.lastChild.remove();
		for (const [format, name] of formats) {
			const a = make("a", "", name);
			a.href = "api/export/" + format + "?" +
				new URLSearchParams({ playlistUrl: link });
			a.setAttribute("download", "");
			take.append(a);
		}
	}

	function note_of(c) {
		const parts = [];
		if (c.waitingTracks > 0)
			parts.push(count(c.waitingTracks, "track") +
				" waiting for the next run.");
		if (c.skipped > 0)
			parts.push((c.skipped === 1 ? "1 entry is" : c.skipped +
				" entries are") + " no track of Spotify.");
		return parts.join(" ");
	}

	function show_coverage(focus) {
		const c = coverage, p = c.playlist;
		$("coverage").hidden = false;
		$("c-kind").textContent = (p.kind || "playlist") + (p.owner ?
			" by " + p.owner : "");
		$("h-coverage").textContent = p.name || "Playlist";
		$("c-have").textContent = c.availableTracks;
		$("c-of").textContent = "of " + count(c.totalTracks, "track") +
			" in the library";
		$("c-note").textContent = note_of(c);
		$("read-only").hidden = can_change;
		draw_strip(in_order(c));
		show_tracks();
		show_fetch();
		show_take();
		document.title = (p.name || "Playlist") + " · likesync";
		if (focus)
			$("h-coverage").focus();
	}

	async function check(focus) {
		const mine = ++asked;
		alarm(null);
		say("Comparing with the library …");
		$("coverage").setAttribute("aria-busy", "true");
		try {
			const c = await ask("api/check-playlist-coverage",
				{ playlistUrl: link });
			if (mine !== asked)
				return;
			const kept = new Set(coverage ? picked().map(
				t => t.position) : []);
			coverage = c;
			for (const t of c.missingTracks)
				t.picked = kept.has(t.position);
			show_coverage(focus);
			say(c.availableTracks + " of " + count(c.totalTracks,
				"track") + " in the library.");
		} catch (error) {
			if (mine === asked)
				alarm(error);
		} finally {
			$("coverage").removeAttribute("aria-busy");
		}
	}

	function open_list(text) {
		link = text;
		coverage = null;
		$("link").value = text;
		$("coverage").hidden = true;
		for (const e of document.querySelectorAll(".reading"))
			e.remove();
		remember();
		return check(true);
	}

	/* ---- candidates ---- */

	function candidates_of(t) {
		const found = [];
		if (t.file)
			found.push({ label: t.evidence ? "matched by " +
				t.evidence : "", name: t.file, file: t.file });
		if (t.nearestFile)
			found.push({ label: "in the library",
				name: t.nearestFile.ref, why: t.nearestFile.why,
				file: t.nearestFile.ref });
		if (t.bestRejected)
			found.push({ label: "at the sources",
				name: t.bestRejected.name,
				why: t.bestRejected.why,
				link: t.bestRejected.ref });
		return found;
	}

	function show_candidate(t, c) {
		const li = $("t-near").content.firstElementChild.cloneNode(true);
		const part = name => li.querySelector("." + name);
		const is_web = /^https?:\/\//.test(c.link || "");
		const can = can_change && t.spotifyId && (c.file || is_web);
		part("label").textContent = c.label;
		part("title").textContent = c.name;
		part("why").textContent = c.why || "";
		part("listen").hidden = !c.file;
		part("listen").setAttribute("aria-label", "Listen to " + c.name);
		part("listen").addEventListener("click",
			event => listen(event.currentTarget, c.file));
		part("open").hidden = !is_web;
		if (is_web)
			part("open").href = c.link;
		part("pin").hidden = !can || t.state === "in-library";
		part("reject").hidden = !can;
		for (const verb of ["pin", "reject"])
			part(verb).addEventListener("click",
				() => decide(verb, t, c, li));
		return li;
	}

	async function forget(verb, t, what) {
		try {
			await ask("api/" + verb, { spotifyId: t.spotifyId,
				...what, forget: true });
			await check(false);
		} catch (error) {
			alarm(error);
		}
	}

	async function decide(verb, t, c, li) {
		const what = c.file ? { file: c.file } : { link: c.link };
		for (const b of li.querySelectorAll(".pin, .reject"))
			b.disabled = true;
		try {
			await ask("api/" + verb, { spotifyId: t.spotifyId,
				...what });
			await check(false);
			say(verb === "pin" ? "Pinned: " + c.name + " is " +
				t.name + "." : "Rejected: " + c.name +
				" is never used for " + t.name + ".",
				() => forget(verb, t, what));
		} catch (error) {
			alarm(error);
			for (const b of li.querySelectorAll(".pin, .reject"))
				b.disabled = false;
		}
	}

	let playing = null;

	function stop_listening() {
		$("player").pause();
		if (playing) {
			playing.classList.remove("playing");
			playing.textContent = "Listen";
		}
		playing = null;
	}

	/* A file is recognized by its middle. */
	async function listen(button, file) {
		const again = playing === button;
		stop_listening();
		if (again)
			return;
		playing = button;
		button.classList.add("playing");
		button.textContent = "Stop";
		$("player").src = "api/audio?" + new URLSearchParams({ file });
		$("player").onloadedmetadata = function () {
			if (this.duration > 90)
				this.currentTime = this.duration / 3;
		};
		try {
			await $("player").play();
		} catch (error) {
			if (playing === button) {
				stop_listening();
				alarm(new Error(file + ": can't be played here"));
			}
		}
	}
	$("player").addEventListener("ended", stop_listening);

	/* ---- a download ---- */

	/* The strip follows the job before the library is asked again. */
	function follow_tracks() {
		if (!coverage)
			return;
		const states = new Map(job.tracks.map(
			t => [t.spotifyId, t.status]));
		const ends = { completed: "in-library", failed: "missing" };
		const tracks = in_order(coverage).map(t => ({ ...t,
			state: ends[states.get(t.spotifyId)] || t.state }));
		draw_strip(tracks);
		$("c-have").textContent = tracks.filter(
			t => t.state === "in-library").length;
	}

	function job_words() {
		const failed = job.failed > 0 ? ", " + job.failed +
			" not found" : "";
		if (job.status === "cancelled")
			return "Cancelled" + failed;
		if (job.completedAt)
			return (job.completed > 0 ? "Ready" : "Nothing found") +
				failed;
		if (job.status === "pending")
			return "Waiting for the next run" + (job.eta ?
				", about " + job.eta : "");
		return (job.eta ? "About " + job.eta + " left" : "Working") +
			failed;
	}

	function show_job() {
		const ended = job.completedAt !== null;
		const done = job.completed + job.failed;
		$("job").hidden = false;
		$("job").classList.toggle("ready", ended && job.completed > 0);
		$("h-job").textContent = !ended ? "Download" :
			job.completed > 0 ? "Ready to play" : "Download ended";
		$("job-count").replaceChildren(make("b", "", String(
			job.completed)), " of " + count(job.total, "track"));
		$("job-bar").max = job.total;
		$("job-bar").value = done;
		const words = job_words();
		if ($("job-left").textContent !== words)
			$("job-left").textContent = words;
		$("job-failed").replaceChildren(...job.tracks.filter(
			t => t.status === "failed").map(t => make("li", "soft",
			t.artist + " - " + t.name + ": " + (t.reason || ""))));
		$("job-cancel").hidden = ended || !can_change;
		$("job-close").hidden = !ended;
		$("job-notify").hidden = ended || !("Notification" in window) ||
			Notification.permission !== "default";
		document.title = ended ? "Ready · likesync" : "(" + done + "/" +
			job.total + ") likesync";
		follow_tracks();
	}

	function tell_end() {
		say(job_words() + ".");
		if ("Notification" in window && Notification.permission ===
			"granted" && job.status !== "cancelled")
			new Notification("likesync: " + job_words(), {
				body: job.completed + " of " + count(job.total,
				"track"), tag: job.jobId });
	}

	async function watch(first) {
		clearTimeout(poll_timer);
		const id = job_id;
		let next = POLL_MS;
		try {
			const was = job;
			const now = await ask("api/download-status/" + id);
			if (id !== job_id)
				return;
			job = now;
			show_job();
			if (job.completedAt !== null) {
				if (was && was.completedAt === null)
					tell_end();
				if (link && !first)
					check(false);
				show_queue();
				if (coverage)
					show_fetch();
				return;
			}
		} catch (error) {
			if (error.status === 404) {
				close_job();
				return;
			}
			$("job-left").textContent = "No answer; trying again: " +
				error.message;
			next = 3 * POLL_MS;
		}
		poll_timer = setTimeout(watch, next);
	}

	function follow(id) {
		job_id = id;
		job = null;
		remember();
		return watch(true);
	}

	function close_job() {
		clearTimeout(poll_timer);
		job = job_id = null;
		$("job").hidden = true;
		remember();
		if (coverage)
			show_coverage(false);
	}

	async function fetch_missing() {
		const some = picked();
		$("fetch").disabled = true;
		alarm(null);
		try {
			const q = await ask("api/queue-downloads", some.length > 0 ?
				{ tracks: some.map(({ name, artist, spotifyId }) =>
					({ name, artist, spotifyId })) } :
				{ playlistUrl: link });
			if (q.jobId) {
				say("Queued " + count(q.queuedCount, "track") + ".");
				await follow(q.jobId);
				$("h-job").focus();
			}
			show_queue();
		} catch (error) {
			alarm(error);
		}
		show_fetch();
	}

	async function cancel(id) {
		try {
			await ask("api/cancel-download", { jobId: id });
			if (id === job_id)
				await watch(true);
			await show_queue();
		} catch (error) {
			alarm(error);
		}
	}

	/* ---- the queue and the library ---- */

	function show_queued(j) {
		const li = make("li"), row = make("div", "row");
		const actions = make("p", "actions");
		const name = j.name || count(j.total, "track");
		const ended = j.completedAt !== null;
		row.append(make("b", "", name), make("span", "", j.completed +
			" of " + j.total));
		li.append(row, make("p", "soft", j.status + (j.failed > 0 ? ", " +
			j.failed + " not found" : "") + (j.eta ? ", about " +
			j.eta : "")));
		const show = make("button", "small", "Show");
		show.setAttribute("aria-label", "Show " + name);
		show.addEventListener("click", function () {
			if (j.link && j.link !== link)
				open_list(j.link);
			follow(j.jobId).then(() => $("h-job").focus());
		});
		actions.append(show);
		if (!ended && can_change) {
			const stop = make("button", "small", "Cancel");
			stop.setAttribute("aria-label", "Cancel " + name);
			stop.addEventListener("click", () => cancel(j.jobId));
			actions.append(stop);
		}
		li.append(actions);
		return li;
	}

	let jobs_text = "";

	/* Rebuilt only when it changed: else the focus would be lost. */
	async function show_queue() {
		let jobs;
		try {
			jobs = (await ask("api/jobs")).jobs;
		} catch (error) {
			return;
		}
		const text = JSON.stringify(jobs);
		if (text === jobs_text)
			return;
		jobs_text = text;
		jobs.reverse();
		const list = make("ul", "jobs");
		list.append(...jobs.slice(0, 8).map(show_queued));
		$("jobs").replaceChildren(jobs.length > 0 ? list :
			make("p", "soft", "No downloads yet."));
	}

	function figure(list, name, value, wide) {
		const div = make("div", wide ? "wide" : "");
		div.append(make("dt", "", name), make("dd", "", value));
		list.append(div);
	}

	function show_figures(v, runs) {
		const list = make("dl", "figures");
		const n = x => x.toLocaleString("en");
		if (v.liked > 0)
			figure(list, "of " + n(v.liked) + " liked tracks in the " +
				"library", Math.floor(100 * v.in_library /
				v.liked) + "%", true);
		figure(list, "files", n(v.library_files));
		if (v.liked > 0)
			figure(list, "liked and missing", n(v.missing));
		if (v.disk_free_bytes > 0)
			figure(list, "disk free", n(Math.floor(
				v.disk_free_bytes / 2 ** 30)) + " GB");
		figure(list, "last success", runs.last_success ?
			new Date(runs.last_success).toLocaleDateString("en", {
				day: "numeric", month: "short" }) : "never");
		const parts = [list];
		if (v.warnings.length > 0) {
			const ul = make("ul", "warnings");
			ul.append(...v.warnings.map(w => make("li", "", w)));
			parts.unshift(ul);
		}
		if (runs.running)
			parts.push(make("p", "soft", "A run is working now."));
		if (v.new && v.new.length > 0) {
			const ol = make("ol", "new");
			ol.append(...v.new.slice(0, 6).map(f => make("li", "",
				(f.artist ? f.artist + " - " : "") + f.title)));
			parts.push(make("h3", "", "New this week"), ol);
		}
		const a = make("a", "", "Open the report");
		a.href = "report";
		const p = make("p");
		p.append(a);
		$("figures").replaceChildren(...parts, p);
	}

	let library_text = "";

	async function show_library() {
		try {
			const [v, runs] = await Promise.all([ask("api/library"),
				ask("api/runs")]);
			const text = JSON.stringify([v, runs.running,
				runs.last_success]);
			if (text !== library_text)
				show_figures(v, runs);
			library_text = text;
		} catch (error) {
			/* The part stays as it is; the next look follows. */
		}
	}

	async function show_own(event) {
		event.preventDefault();
		const box = $("own");
		box.hidden = false;
		box.replaceChildren(make("p", "soft", "Reading your playlists …"));
		try {
			const lists = (await ask("api/playlists")).playlists;
			const ul = make("ul", "playlists");
			for (const p of lists) {
				const li = make("li"), a = make("a");
				a.href = "?" + new URLSearchParams(
					{ playlistUrl: p.link });
				a.append(p.name || p.id, make("span", "",
					p.tracks === undefined ? "" : p.tracks));
				a.addEventListener("click", function (e) {
					e.preventDefault();
					open_list(p.link);
				});
				li.append(a);
				ul.append(li);
			}
			box.replaceChildren(lists.length > 0 ? ul : make("p",
				"soft", "You have no playlists of your own."));
		} catch (error) {
			box.replaceChildren(make("p", "alarm", error.message));
		}
	}

	function every(ms, step) {
		step();
		setInterval(function () {
			if (!document.hidden)
				step();
		}, ms);
	}

	/* ---- the start ---- */

	$("ask").addEventListener("submit", function (event) {
		event.preventDefault();
		close_job();
		open_list($("link").value.trim());
	});
	$("own-link").addEventListener("click", show_own);
	$("views").addEventListener("change", show_tracks);
	$("fetch").addEventListener("click", fetch_missing);
	$("job-cancel").addEventListener("click", () => cancel(job_id));
	$("job-close").addEventListener("click", close_job);
	$("job-notify").addEventListener("click", async function () {
		await Notification.requestPermission();
		$("job-notify").hidden = true;
	});
	document.addEventListener("visibilitychange", function () {
		if (!document.hidden && job && job.completedAt === null)
			watch();
	});
	const q = new URLSearchParams(location.search);
	const given = q.get("p") || q.get("playlistUrl");
	if (/^[0-9a-f]{16}$/.test(q.get("job") || ""))
		job_id = q.get("job");
	if (given)
		open_list(given);
	if (job_id)
		follow(job_id);
	every(QUEUE_MS, show_queue);
	every(LIBRARY_MS, show_library);
})();
