// Contrast (WCAG 2.1) of every word of a widget against what lies under it, its alarm included: [words, the lowest, whose].
name => {
    const root = widgetOf(name), rgb = c => c.match(/[\d.]+/g).map(Number), over = (a, b) =>
      [0, 1, 2].map(i => a[i] * (a[3] ?? 1) + b[i] * (1 - (a[3] ?? 1)));
    const under = e => { const c = rgb(getComputedStyle(e).backgroundColor);
      return (c[3] ?? 1) === 1 || !e.parentElement ? c : over(c, under(e.parentElement)); };
    const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
      .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
    root.querySelector('details').open = true;
    const status = root.querySelector('.mg-status'), own = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    const words = [...root.querySelectorAll('*')].filter(e => e.offsetParent && own(e) && !e.disabled && e !== status);
    const one = e => [ratio(over(rgb(getComputedStyle(e).color), under(e)), under(e)), e.className || e.tagName];
    const plain = words.map(one), was = status.className;
    status.className = 'mg-status mg-alarm';
    const all = [...plain, one(status)];
    status.className = was;
    root.querySelector('details').open = false;
    return [all.length, ...all.sort((a, b) => a[0] - b[0])[0]]; }
