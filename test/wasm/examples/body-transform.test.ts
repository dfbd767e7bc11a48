import { transforms } from './transforms.ts';

describe('example body-transform', () => transforms('body-transform'));
