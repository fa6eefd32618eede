// SPDX-License-Identifier: GPL-3.0-or-later
// schemas.js PACKAGE: prints the JSON schemas of the kinds that packaging/
// uses, and all that these refer to, as one object by their names. The package
// kubernetes-models has them as modules that register themselves; here they are
// registered with us instead of its validator.
"use strict";
const path = require("path");
const Module = require("module");
const found = {};
const load = Module._load;

Module._load = function (name, ...rest) {
	if (name === "@kubernetes-models/validate")
		return { register: (id, schema) => { found[id] = schema; } };
	return load.call(this, name, ...rest);
};
const top = path.resolve(process.argv[2], "_schemas");
for (const kind of ["BatchV1Job", "BatchV1CronJob", "CoreV1ConfigMap",
	"CoreV1PersistentVolumeClaim"])
	require(path.join(top, "IoK8sApi" + kind + ".js")).addSchema();
process.stdout.write(JSON.stringify(found));
