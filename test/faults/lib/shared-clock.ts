/** Milliseconds of the clock that all processes of a machine share, so that what each of them tells can be put in order. */
export const sharedClockMs = (): number => Number(process.hrtime.bigint() / 1000n) / 1000;
