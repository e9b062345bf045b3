#!/usr/bin/env bash
# Makes .nextflow-engine/nextflow: the Nextflow on PATH if there is one, else one resolved from Maven Central.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
engine=.nextflow-engine
fail() { echo "error: $*" >&2; exit 2; }

if found=$(command -v nextflow); then
  mkdir -p "$engine" && ln -sfn "$found" "$engine/nextflow"
  exit 0
fi
command -v java >/dev/null || fail "Java is missing: install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)"
major=$(java -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
[ "${major:-0}" -ge 17 ] || fail "Java ${major:-of unknown version} is too old: Nextflow needs Java 17 or newer"
command -v mvn >/dev/null || fail "neither Nextflow nor Maven is on PATH: install one (https://www.nextflow.io/docs/latest/install.html, or Debian: apt-get install maven)"
rm -rf "$engine.part" && mkdir -p "$engine.part"
mvn -q -B -f engine/pom.xml dependency:copy-dependencies -DoutputDirectory="$PWD/$engine.part/jars" 2>&1 | sed 's/\x1b\[[0-9;]*m//g' >&2
cp engine/nextflow "$engine.part/nextflow"
rm -rf "$engine" && mv "$engine.part" "$engine"
