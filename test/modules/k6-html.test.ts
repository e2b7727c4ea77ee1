/** `k6/html` as scripts use it. Statements HTML-01 to HTML-05 of docs/spec/http.md. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseHtml, type Selection } from '../../src/modules/k6-html/index.js'
import { runScript } from '../helpers/run-script.js'

const PAGE = `<!DOCTYPE html><html lang="en"><head><title>Shop</title></head><body>
<ul id="list"><li class="a">1</li><li class="b x">2</li><li class="c">3</li><li class="d x">4</li></ul>
<p id="text">A &amp; B<script>let s = 1 < 2</script></p>
<table><caption>t</caption><tfoot><tr><td>f</td></tr></tfoot><thead><tr><th>h</th></tr></thead><tbody><tr><td>1</td><td colspan="2">2</td></tr></tbody></table>
<form id="login" action="/in?a=1" METHOD="POST" enctype="multipart/form-data">
  <label for="user">Name</label><input id="user" name="user" value="joe">
  <input type="checkbox" name="on" value="1" checked><input type="checkbox" name="off" value="1">
  <input type="radio" name="r" value="1"><input type="radio" name="r" value="2" checked>
  <input name="gone" value="x" disabled><input type="file" name="f"><input type="submit" name="go" value="Go">
  <select name="one"><option value="1">eins<option selected>zwei</select>
  <select name="many" multiple><option selected>a<option>b<option selected>c</select>
  <textarea name="t">multi
line</textarea><fieldset disabled><input name="inside" value="1"></fieldset>
</form>
<input name="far" form="login" value="away">
<a id="link" href="https://me:pw@example.test:8443/p/q?x=1#top" rel="nofollow next">there</a>
<div id="data" data-count="3" data-ok="true" data-user='{"id":7}' data-long-name="007">d</div>
<progress value="1" max="4"></progress>
</body></html>`

const page = (): Selection => parseHtml(PAGE)
const texts = (selection: Selection): string[] => selection.map((_: number, one: Selection) => one.text()) as string[]
const element = (selector: string): any => page().find(selector).get(0)

describe('parseHTML', () => {
  it('HTML-01 repairs documents as HTML5 does and writes them back', () => {
    const markup = (source: unknown): string => parseHtml(source).html()
    assert.equal(markup(''), '<html><head></head><body></body></html>')
    assert.equal(markup(undefined), markup(null))
    assert.equal(markup(5), '<html><head></head><body>5</body></html>')
    assert.equal(markup('<p>a<p>b<br>'), '<html><head></head><body><p>a</p><p>b<br/></p></body></html>')
    assert.equal(
      markup(`<!doctype html><b title="'&quot;">1 < 2 &amp; 'x'</b><!-- c -->`),
      `<!DOCTYPE html><html><head></head><body><b title="&#39;&#34;">1 &lt; 2 &amp; &#39;x&#39;</b><!-- c --></body></html>`,
    )
    assert.match(markup('<script>1 < 2 && "x"</script>'), /<script>1 < 2 && "x"<\/script>/)
  })

  it('a document that is 50,000 elements deep is no trouble', () => {
    const deep = parseHtml(`${'<div>'.repeat(50_000)}x`)
    assert.equal(deep.text(), 'x')
    assert.equal(deep.find('div').size(), 50_000)
    assert.equal(deep.find('div').last().parents().size(), 50_001)
    assert.ok(deep.html().length > 500_000)
  })
})

describe('Selection', () => {
  it('HTML-02 walks down, up and along the tree', () => {
    const items = page().find('li')
    assert.deepEqual(texts(items), ['1', '2', '3', '4'])
    assert.deepEqual(texts(page().single('li')), ['1'])
    assert.equal(page().find('ul').children().size(), 4)
    assert.deepEqual(texts(page().find('ul').children('.x')), ['2', '4'])
    assert.equal(page().find('#text').contents().size(), 2)
    assert.equal(items.parent().size(), 1)
    const names = (selection: Selection): unknown[] => selection.map((_: number, one: any) => one.get(0).nodeName())
    assert.deepEqual(names(items.eq(0).parents()), ['ul', 'body', 'html'])
    assert.deepEqual(names(items.parentsUntil('html')), ['ul', 'body'])
    assert.deepEqual(names(items.parentsUntil(page().find('html'), 'body')), ['body'])
    assert.deepEqual(names(items.closest('ul, body')), ['ul'])
    assert.deepEqual(texts(items.eq(1).next()), ['3'])
    assert.deepEqual(texts(items.eq(2).prevAll()), ['2', '1'])
    assert.deepEqual(texts(items.first().nextUntil('.d')), ['2', '3'])
    assert.deepEqual(texts(items.first().nextUntil(items.eq(3), '.b')), ['2'])
    assert.deepEqual(texts(items.last().prevUntil('.a')), ['3', '2'])
    assert.deepEqual(texts(items.eq(1).siblings()), ['1', '3', '4'])
    assert.deepEqual(texts(items.eq(1).nextAll('.x')), ['4'])
  })

  it('HTML-02 narrows and widens, with any index', () => {
    const items = page().find('li')
    assert.deepEqual(texts(items.filter('.x')), ['2', '4'])
    assert.deepEqual(texts(items.filter((i: number, one: Selection) => i > 0 && one.attr('class') !== 'c')), ['2', '4'])
    assert.deepEqual(texts(items.not(page().find('.x'))), ['1', '2', '3', '4'], 'nodes of another document are others')
    assert.deepEqual(texts(items.not(items.filter('.x'))), ['1', '3'])
    assert.equal(items.is('.d'), true)
    assert.equal(
      items.is((_: number, one: any) => one.className() === 'nope'),
      false,
    )
    assert.equal(page().find('body, ul, p').has('li').size(), 2)
    assert.deepEqual(
      [items.eq(-1), items.eq(9), items.eq(-9)].map((one) => one.text()),
      ['4', '', ''],
    )
    assert.deepEqual(texts(items.slice(1, 3)), ['2', '3'])
    assert.deepEqual(texts(items.slice(-2)), ['3', '4'])
    assert.equal(items.slice(7, 99).size(), 0)
    assert.equal(items.slice(3, 1).size(), 0)
    assert.equal(items.get(9), undefined)
    assert.equal((items.get() as unknown[]).length, 4)
    assert.deepEqual(
      items.toArray().map((one) => one.text()),
      ['1', '2', '3', '4'],
    )
    assert.equal(items.first().add('p').size(), 2)
    assert.equal(items.first().add(items.last()).end().size(), 1)
    assert.equal(page().end().size(), 0)
    assert.equal(items.eq(2).index(), 2)
    assert.equal(items.index(items.last()), 3)
    assert.equal(items.eq(1).index('.x'), 0)
    assert.equal(items.index(page().find('p')), -1)
  })

  it('HTML-02 each and map give index and Element or Selection; map keeps nothing as nothing', () => {
    const seen: unknown[] = []
    const items = page().find('li')
    assert.equal(items.each((i: number, one: any) => seen.push(`${i}${one.textContent()}`)).size(), 4)
    assert.deepEqual(seen, ['01', '12', '23', '34'])
    assert.deepEqual(
      items.map((i: number) => (i === 1 ? null : undefined)),
      [undefined, null, undefined, undefined],
    )
  })

  it('HTML-03 knows the selectors of CSS3, :has, :contains and :input', () => {
    const count = (selector: string): number => page().find(selector).size()
    const found = {
      li: 4,
      '.x': 2,
      '#list > li': 4,
      'li.a + li': 1,
      'li.a ~ li': 3,
      '[data-count]': 1,
      '[data-count="3"]': 1,
      'a[href^="https:"]': 1,
      'a[href$="#top"]': 1,
      'a[href*="example"]': 1,
      'a[rel~="next"]': 1,
      'html[lang|="en"]': 1,
      'li:first-child': 1,
      'li:last-child': 1,
      'li:nth-child(2n)': 2,
      'li:nth-last-child(1)': 1,
      'li:nth-of-type(3)': 1,
      'li:not(.x)': 2,
      'option:checked': 3,
      'input:checked': 2,
      'input:disabled': 1,
      'html:root': 1,
      'ul:has(.d)': 1,
      'li:contains("3")': 1,
      '#login :input': 12,
      'li:only-child': 0,
      'caption:only-of-type': 1,
      'p, ul': 2,
    }
    assert.deepEqual(Object.fromEntries(Object.keys(found).map((selector) => [selector, count(selector)])), found)
  })

  it('HTML-03 what no selector is matches nothing, a missing one is an error', () => {
    for (const wrong of ['', ' ', 'li:first', 'li:eq(1)', 'tr:odd', '[', 'a:no-such', '>']) {
      assert.equal(page().find(wrong).size(), 0, wrong)
    }
    const missing = { name: 'GoError', message: "invalid argument, cannot use a '<nil>' as a selector" }
    for (const method of ['find', 'single', 'has', 'closest', 'add'] as const)
      assert.throws(() => page()[method](), missing)
    assert.throws(() => page().each(), { message: 'the argument to each() must be a function' })
    assert.throws(() => page().map('x'), { message: 'the argument to map() must be a function' })
    for (const method of ['filter', 'is', 'not'] as const) {
      const message = `the argument to ${method}() must be a function, a selector or a selection`
      assert.throws(() => page()[method](), { message })
      assert.throws(() => page()[method](3), { message })
    }
  })

  it('HTML-05 attributes, text, values and data', () => {
    assert.equal(page().find('#link').attr('rel'), 'nofollow next')
    assert.deepEqual([page().find('li').attr('id'), page().find('li').attr('id', 'none')], [undefined, 'none'])
    assert.equal(page().find('#text').text(), 'A & Blet s = 1 < 2')
    assert.equal(page().find('.none').html(), '')
    const values = {
      '#user': 'joe',
      textarea: 'multi\nline',
      '[name=one]': 'zwei',
      '[name=many]': ['a', 'c'],
      li: undefined,
    }
    for (const [selector, value] of Object.entries(values)) assert.deepEqual(page().find(selector).val(), value)
    const data = page().find('#data')
    assert.deepEqual(data.data(), { count: 3, ok: true, user: { id: 7 }, longName: '007' })
    assert.deepEqual(
      [data.data('count'), data.data('longName'), data.data('long-name'), data.data('no')],
      [3, '007', '007', undefined],
    )
  })

  it('HTML-05 a form sends named, enabled, chosen controls', () => {
    const form = page().find('#login')
    const entries = form.serializeArray().map(({ name, value }) => `${name}=${value}`)
    assert.deepEqual(entries, ['user=joe', 'on=1', 'r=2', 'one=zwei', 'many=a', 'many=c', 't=multi\nline', 'far=away'])
    assert.equal(form.serialize(), 'far=away&many=a&many=c&on=1&one=zwei&r=2&t=multi%0Aline&user=joe')
    assert.deepEqual(form.serializeObject(), {
      user: 'joe',
      on: '1',
      r: '2',
      one: 'zwei',
      many: ['a', 'c'],
      t: 'multi\nline',
      far: 'away',
    })
  })
})

describe('Element', () => {
  it('HTML-04 tells of its node, undefined where there is nothing', () => {
    const item = element('li.b')
    assert.deepEqual(
      [item.nodeName(), item.nodeType(), item.nodeValue(), item.textContent(), item.innerHTML(), item.toString()],
      ['li', 1, undefined, '2', '2', '<li class="b x">2</li>'],
    )
    assert.deepEqual([item.id(), item.className(), item.classList(), item.lang()], ['', 'b x', ['b', 'x'], 'en'])
    assert.deepEqual(
      [item.getAttribute('x'), item.getAttributeNode('x'), item.hasAttribute('class')],
      [undefined, undefined, true],
    )
    const { name, value, ownerElement } = item.attributes().class
    assert.deepEqual([name, value, ownerElement.nodeName()], ['class', 'b x', 'li'])
    assert.equal(item.firstChild().nodeType(), 3)
    assert.equal(item.firstChild().nodeValue(), '2')
    const none = ['nextSibling', 'nextElementSibling', 'lastElementChild', 'firstElementChild', 'querySelector']
    assert.deepEqual(
      none.map((method) => element('li.d')[method]('a')),
      [undefined, undefined, undefined, undefined, undefined],
    )
    assert.equal(element('li.a').previousElementSibling(), undefined)
    assert.equal(element('li.a').previousSibling(), undefined)
    assert.equal(element('ul').childElementCount(), 4)
    assert.equal(element('ul').contains(undefined), false)
    const list = element('ul')
    assert.equal(list.contains(list.lastChild()), true)
    assert.equal(list.querySelectorAll('.x').length, 2)
    assert.equal(list.getElementsByClassName('x b').length, 1)
    assert.equal(list.getElementsByTagName('LI').length, 4)
    assert.equal(list.firstChild().isSameNode(list.children()[0]), true)
    assert.equal(list.firstChild().isEqualNode(list.lastChild()), false)
    assert.equal(element('#link').isEqualNode(element('#link')), true)
    assert.equal(item.matches('li.x'), true)
    assert.equal(item.parentElement().id(), 'list')
    assert.equal(item.ownerDocument().nodeType(), 9)
    assert.equal(element('html').parentElement(), undefined)
    assert.equal(item.selection().next().text(), '3')
    assert.equal(item.namespaceURI(), 'http://www.w3.org/1999/xhtml')
  })

  it('HTML-04 elements of a kind have its methods', () => {
    const read = (selector: string, names: string): unknown[] =>
      names.split(' ').map((name) => element(selector)[name]())
    assert.deepEqual(
      read('#link', 'protocol host hostname port username password origin pathname search hash text relList'),
      [
        'https',
        'example.test:8443',
        'example.test',
        '8443',
        'me',
        'pw',
        'https://example.test:8443',
        '/p/q',
        '?x=1',
        '#top',
        'there',
        ['nofollow', 'next'],
      ],
    )
    const relative = parseHtml('<a href="p/q?x=1#top">').find('a').get(0) as any
    assert.deepEqual(
      [relative.pathname(), relative.search(), relative.hash(), relative.host()],
      ['p/q', '?x=1', '#top', ''],
    )
    assert.deepEqual(read('#login', 'method action enctype name length'), [
      'post',
      '/in?a=1',
      'multipart/form-data',
      '',
      14,
    ])
    assert.deepEqual(read('form + input', 'name value type disabled'), ['far', 'away', 'text', false])
    assert.equal(element('#user').form().id(), 'login')
    assert.equal(element('#user').labels()[0].textContent(), 'Name')
    assert.equal(element('label').control().id(), 'user')
    assert.deepEqual(read('[name=one]', 'selectedIndex length value type multiple'), [
      1,
      2,
      'zwei',
      'select-one',
      false,
    ])
    assert.deepEqual(
      element('[name=many]')
        .selectedOptions()
        .map((one: any) => one.text()),
      ['a', 'c'],
    )
    assert.deepEqual(read('option', 'index label text value selected disabled'), [0, 'eins', 'eins', '1', false, false])
    assert.equal(element('table').caption().textContent(), 't')
    assert.deepEqual(
      element('table')
        .rows()
        .map((row: any) => row.cells()[0].textContent()),
      ['h', '1', 'f'],
    )
    assert.deepEqual(read('tbody tr', 'rowIndex sectionRowIndex'), [1, 0])
    assert.deepEqual(read('td + td', 'cellIndex colSpan rowSpan'), [1, 2, 1])
    assert.deepEqual(read('progress', 'value max position'), [1, 4, 0.25])
  })
})

describe('k6/html in a script', () => {
  it('callbacks may pause the virtual user', async () => {
    const { console, exitCode } = await runScript(
      `import { parseHTML } from 'k6/html'
      import { sleep } from 'k6'
      export default function () {
        const items = parseHTML('<li>1<li>2<li>3').find('li')
        items.each((i, item) => { sleep(0.001); console.log(i, item.textContent()) })
        console.log(JSON.stringify(items.map((i, item) => { sleep(0.001); return item.text() })))
        console.log(items.filter((i) => { sleep(0.001); return i > 0 }).text(), items.is(() => { sleep(0.001); return false }))
      }`,
    )
    assert.equal(exitCode, 0)
    assert.deepEqual(console, ['0 1', '1 2', '2 3', '["1","2","3"]', '23 false'])
  })
})
