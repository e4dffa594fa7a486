#!/usr/bin/env node
import { withlock } from '../src/withlock/withlock.ts';

process.exitCode = await withlock(process.argv.slice(2));
