#!/usr/bin/env node
// The command line: there before the build is, so that npm can link it.
require('../dist/cli/main.js');
