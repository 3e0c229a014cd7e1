/**
 * Adds up the reports of the test runs and ends with one line for machines:
 * `N passed, N failed` (and `, N skipped` when tests were skipped, each of which is named).
 */
import { readFile } from "node:fs/promises";

interface Report {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  skipped: string[];
}

const REPORTS = [".test-results/unit.json", ".test-results/e2e.json"];

const reports = await Promise.all(REPORTS.map(async (path) => readReport(path)));
const sum = (count: (report: Report) => number) =>
  reports.reduce((total, report) => total + count(report), 0);
const passed = sum((report) => report.numPassedTests);
const failed = sum((report) => report.numFailedTests);
const skipped = sum((report) => report.numPendingTests);

for (const name of reports.flatMap((report) => report.skipped)) console.log(`skipped: ${name}`);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

async function readReport(path: string): Promise<Report> {
  const text = await readFile(path, "utf8").catch(() => undefined);
  // A run that left no report has failed before its first test.
  if (text === undefined) {
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, skipped: [] };
  }
  const json: unknown = JSON.parse(text);
  return {
    numPassedTests: numberAt(json, "numPassedTests"),
    numFailedTests: numberAt(json, "numFailedTests"),
    numPendingTests: numberAt(json, "numPendingTests"),
    skipped: listAt(json, "testResults")
      .flatMap((file) => listAt(file, "assertionResults"))
      .filter((test) => fieldOf(test, "status") === "skipped")
      .map((test) => String(fieldOf(test, "fullName"))),
  };
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function numberAt(value: unknown, key: string): number {
  const found = fieldOf(value, key);
  return typeof found === "number" ? found : 0;
}

function listAt(value: unknown, key: string): unknown[] {
  const found = fieldOf(value, key);
  return Array.isArray(found) ? found : [];
}
