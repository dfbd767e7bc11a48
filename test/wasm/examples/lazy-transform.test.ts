import { transforms } from './transforms.ts';

describe('example lazy-transform', () => transforms('lazy-transform'));
