"use strict";
(function () {
	const words = document.getElementById("words");
	if (!words)
		return;
	const found = document.getElementById("found");
	const rows = Array.from(document.querySelectorAll(
		"#missing-rows tbody tr"));
	const texts = rows.map(row => row.textContent.toLowerCase());
	function search() {
		const all = words.value.toLowerCase().split(/\s+/);
		let n = 0;
		rows.forEach(function (row, i) {
			const fits = all.every(word => texts[i].includes(word));
			row.hidden = !fits;
			n += fits;
		});
		found.textContent = n + " of " + rows.length;
	}
	document.getElementById("search").hidden = false;
	words.addEventListener("input", search);
	search();
})();
