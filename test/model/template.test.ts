import { expect } from 'chai';
import { checkTemplate, parseTemplate } from '../../src/model/template.ts';

describe('parseTemplate', () => {
  const cases: readonly (readonly [string, ReturnType<typeof parseTemplate>])[] = [
    ['', []],
    ['plain $ {x}', ['plain $ {x}']],
    ['${route}', [{ name: 'route', of: '' }]],
    ['a ${param.id} b', ['a ', { name: 'param', of: 'id' }, ' b']],
    ['${header.x.y}', [{ name: 'header', of: 'x.y' }]],
    ['$${route} ${route}', ['${route}', ' ', { name: 'route', of: '' }]],
    ['${', ['${']],
  ];
  for (const [text, parts] of cases) {
    it(`takes ${JSON.stringify(text)} apart`, () => expect(parseTemplate(text)).to.deep.equal(parts));
  }
});

describe('checkTemplate', () => {
  const captured = (name: string): boolean => name === 'id';
  const cases: readonly (readonly [string, boolean, string | undefined])[] = [
    ['${param.id} ${header.x} ${request.id}', false, undefined],
    ['${param.other}', false, ':other is not captured by every match of the rule'],
    ['${param.}', false, ': is not captured by every match of the rule'],
    ['${moon}', false, 'there is no variable ${moon}; write $${ for a literal ${'],
    ['$${moon}', false, undefined],
    ['${header.}', false, 'there is no variable ${header}; write $${ for a literal ${'],
    ['${error.code}', false, 'there is no variable ${error.code}; write $${ for a literal ${'],
    ['${error.code} ${response.status}', true, undefined],
  ];
  for (const [text, aboutErrors, problem] of cases) {
    it(`says ${problem ?? 'nothing'} of ${text}`, () =>
      expect(checkTemplate(text, captured, aboutErrors)).to.equal(problem));
  }
});
