"""The contrast of what is written and drawn in the explorer's document (WCAG 2.2, 1.4.3 and 1.4.11)."""

from __future__ import annotations

from playwright.sync_api import Page

_MEASURE = """(root) => {
    const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    const parsed = (color) => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = color;
        pen.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = ([r, g, b, a], [R, G, B]) => [a * r + (1 - a) * R, a * g + (1 - a) * G, a * b + (1 - a) * B, 1];
    const above = (e) => e.parentElement ?? e.getRootNode().host ?? null;
    const ground = (e) => {
        if (e === null) return [255, 255, 255, 1];
        const color = e.tagName === "text"
            ? parsed(getComputedStyle(e.parentNode.querySelector("circle")).fill)
            : parsed(getComputedStyle(e).backgroundColor);
        return color[3] === 1 ? color : over(color, ground(above(e)));
    };
    const opacity = (e) => (e === null ? 1 : Number(getComputedStyle(e).opacity) * opacity(above(e)));
    const light = ([r, g, b]) => {
        const linear = (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
        const [R, G, B] = [r, g, b].map((x) => linear(x / 255));
        return 0.2126 * R + 0.7152 * G + 0.0722 * B;
    };
    const contrast = (a, b) => {
        const [high, low] = [light(a), light(b)].sort((x, y) => y - x);
        return (high + 0.05) / (low + 0.05);
    };
    const failing = [];
    const check = (e, color, back, least, what) => {
        const [r, g, b, a] = parsed(color);
        const ratio = contrast(over([r, g, b, a * opacity(e)], back), back);
        if (ratio < least) failing.push(`${what}: ${ratio.toFixed(2)} < ${least}`);
    };
    let count = 0;
    for (const e of root.querySelectorAll("*")) {
        const style = getComputedStyle(e);
        if (!e.getClientRects().length || style.visibility === "hidden" || e.closest(":disabled")) continue;
        const text = [...e.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()).join("");
        if (!text) continue;
        count += 1;
        const size = parseFloat(style.fontSize);
        const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
        const color = e.tagName === "text" ? style.fill : style.color;
        check(e, color, ground(e), isLarge ? 3 : 4.5, `“${text.slice(0, 30)}”`);
    }
    const marks = {
        ".link .bar": "backgroundColor",
        ".link .position": "borderLeftColor",
        ".link .untrained": "borderTopColor",
        ".swatch path": "stroke",
    };
    for (const [name, property] of Object.entries(marks)) {
        for (const e of [...root.querySelectorAll(name)].filter((e) => e.getClientRects().length)) {
            check(e, getComputedStyle(e)[property], ground(above(e)), 3, name);
        }
    }
    return [count, [...new Set(failing)]];
}"""


def failing(page: Page) -> tuple[int, list[str]]:
    """How many texts were measured, and which of them, and of the marks, are too faint."""
    count, found = page.locator(".st-key-explorer .explorer").evaluate(_MEASURE)
    return count, found
