// A reporter for jest: a line for each test when it has ended, what a failed one said, and the sum as the last line.

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`.padStart(8);

export default class LineReporter {
  onTestCaseResult(_test, { status, title, duration, failureMessages }) {
    if (status === 'pending' || status === 'todo') return;
    console.log(`${status === 'passed' ? 'ok  ' : 'FAIL'} ${seconds(duration ?? 0)}  ${title}`);
    for (const message of failureMessages) console.log(`${message}\n`);
  }

  onTestFileResult({ path }, { testExecError, failureMessage }) {
    // A file that could not even be loaded has no tests to tell of.
    if (testExecError) console.log(`FAIL ${path}\n${failureMessage ?? testExecError.message}\n`);
  }

  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    console.log(`${numPassedTests} passed, ${numFailedTests + numRuntimeErrorTestSuites} failed`);
  }
}
