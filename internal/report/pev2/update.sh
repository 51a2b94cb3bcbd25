#!/usr/bin/env bash
# Takes the newest pev2 (or the versions given: update.sh 1.21.0 3.5.45 5.3.9, of pev2, vue and bootstrap) from npm into
# this folder, as published and compressed. Development time only: building pgassay needs neither npm nor this script.
set -euo pipefail
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for package in "pev2@${1:-latest}" "vue@${2:-3}" "bootstrap@${3:-5}"; do
	mkdir "$folder/${package%@*}"
	(cd "$folder" && tar -xzf "$(npm pack --silent "$package" | tail -1)" -C "${package%@*}" --strip-components=1)
done
take() { gzip -9n <"$folder/$1" >"$2.gz"; }
take vue/dist/vue.runtime.global.prod.js vue.js
take pev2/dist/pev2.umd.js pev2.js
take pev2/dist/pev2.css pev2.css
take bootstrap/dist/css/bootstrap.min.css bootstrap.css
version() { sed -n 's/^  "version": "\(.*\)",$/\1/p' "$folder/$1/package.json" | head -1; }
{
	echo "The files in this folder are those of the npm packages named below, compressed and otherwise as published. pev2 has"
	echo "the libraries of its package.json bundled in; their notices are in the file itself."
	for package in pev2 vue bootstrap; do
		printf '\n==== %s %s ====\n\n' "$package" "$(version "$package")"
		cat "$folder/$package/LICENSE"
	done
} >LICENSES.txt
