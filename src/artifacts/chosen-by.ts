/** Which of two implementations stands behind an abstract class: that on the volume, or that in object storage. */
import type { Abstract, FactoryProvider, Type } from '@nestjs/common';
import { Bucket } from './bucket';

export function chosenBy<T>(
  provide: Abstract<T>,
  local: Type<NoInfer<T>>,
  s3: Type<NoInfer<T>>,
): FactoryProvider<T> {
  return {
    provide,
    inject: [Bucket, local, s3],
    useFactory: (bucket: Bucket, onVolume: T, inBucket: T) => (bucket.isUsed ? inBucket : onVolume),
  };
}
