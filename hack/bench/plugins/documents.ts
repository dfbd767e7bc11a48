/** A message of 15 fields, nested, of 2.4 KB; larger ones have a list of orders as well. `bytes` of JSON, give or take 100. */
export function documentOf(bytes: number): Buffer {
  const long = (length: number): string => 'abcdefghij klmnopqrstu'.repeat(length / 22 + 1).slice(0, length);
  const document = {
    id: 'f3b1c9d2-5f6a-4a0e-9a53-0d3f6f6b7c11',
    version: 3,
    created: '2026-11-21T09:43:29.123Z',
    user: {
      name: 'Ann Example',
      role: 'member',
      mail: 'ann@example.com',
      address: { street: '1 Loom Lane', city: 'Weaverton', country: 'GB' },
    },
    session: { token: long(700), age: 1234.5, fresh: true, note: long(500) },
    trace: { parent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', state: long(660) },
    orders: [] as object[],
  };
  let size = Buffer.byteLength(JSON.stringify(document));
  for (let i = 0; size < bytes - 100; i++) {
    const order = {
      id: 100_000 + i,
      price: i * 1.25 + 0.99,
      paid: i % 3 === 0,
      item: `item number ${i}`,
      tags: ['a', 'b'],
    };
    document.orders.push(order);
    size += Buffer.byteLength(JSON.stringify(order)) + 1;
  }
  return Buffer.from(JSON.stringify(document));
}

export const threeFields = ['/body/user/name', '/body/user/address/city', '/body/session/fresh'];
export const oneField = ['/body/user/role'];
export const twelveFields = [
  '/body/id',
  '/body/version',
  '/body/created',
  '/body/user/name',
  '/body/user/role',
  '/body/user/mail',
  '/body/user/address/street',
  '/body/user/address/city',
  '/body/user/address/country',
  '/body/session/age',
  '/body/session/fresh',
  '/body/trace/parent',
];
