/** Delivery: what we send to places that documents name. */
import { Module } from '@nestjs/common';
import { AggregateDelivery } from './aggregate-delivery';

@Module({ providers: [AggregateDelivery], exports: [AggregateDelivery] })
export class DeliveryModule {}
