// Unit tests lie beside their source; tests under `test/` drive the built service, so it is built before them.
const shared = {
  testEnvironment: 'node',
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: [
    '<rootDir>/dist/',
    '<rootDir>/examples/worker/dist/',
    '<rootDir>/clients/typescript/dist/',
    '<rootDir>/.setup/',
    '<rootDir>/.cache/',
  ],
  // Jest runs CommonJS: import() becomes require, and packages that are ES modules are rewritten.
  transform: {
    '^.+\\.ts$': ['ts-jest', { tsconfig: '<rootDir>/tsconfig.jest.json' }],
    '^.+\\.m?js$': '<rootDir>/test/helpers/esm-for-jest.cjs',
  },
  transformIgnorePatterns: ['/node_modules/(?!(?:@tus|srvx)/)', '\\.cjs$'],
};

/** @type {import('jest').Config} */
export default {
  maxWorkers: 2,
  // Not heeded within a project.
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      roots: ['<rootDir>/src', '<rootDir>/examples/worker/src', '<rootDir>/clients/typescript/src'],
    },
    {
      ...shared,
      displayName: 'end-to-end',
      roots: ['<rootDir>/test'],
      testPathIgnorePatterns: [
        ...shared.testPathIgnorePatterns,
        '<rootDir>/test/faults/',
        '<rootDir>/test/s3/',
      ],
      globalSetup: '<rootDir>/test/helpers/global-setup.ts',
    },
    {
      ...shared,
      displayName: 'faults',
      roots: ['<rootDir>/test/faults'],
      globalSetup: '<rootDir>/test/helpers/global-setup.ts',
    },
    {
      ...shared,
      displayName: 's3',
      roots: ['<rootDir>/test/s3'],
      globalSetup: '<rootDir>/test/helpers/global-setup.ts',
    },
  ],
};
