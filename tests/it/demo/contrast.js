// Texts that are hard to read: those with a contrast below 4.5 to what is behind them. What is disabled may be faint.
const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
const light = ([r, g, b]) => {
  const [x, y, z] = [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
};
const ground = (element) => {
  for (; element; element = element.parentElement) {
    const color = channels(getComputedStyle(element).backgroundColor);
    if (color.length === 3 || color[3] === 1) return color;
  }
  return [255, 255, 255];
};
const faint = [];
for (const element of document.body.querySelectorAll('*')) {
  const words = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim()).map((node) => node.data);
  if (!words.length || !element.checkVisibility() || element.closest(':disabled, noscript, .for-readers')) continue;
  const [a, b] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${element.tagName} ${element.className}: ${words.join(' ').trim()}`);
}
return faint;
