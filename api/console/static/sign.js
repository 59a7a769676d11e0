// The only script of the console: the field that a signature is drawn in. What was drawn goes into
// a field of the form as whole numbers; without this script the form signs all the same.
"use strict";
(() => {
  const pad = document.getElementById("pad");
  const form = document.getElementById("sign-form");
  const pen = pad.getContext("2d");
  const MOST_POINTS = 1000; // of a stroke
  let strokes = [];
  let drawing = false;

  const at = (event) => {
    const box = pad.getBoundingClientRect();
    const inside = (value, most) => Math.max(0, Math.min(most, Math.round(value)));
    return [
      inside(((event.clientX - box.left) * pad.width) / box.width, pad.width),
      inside(((event.clientY - box.top) * pad.height) / box.height, pad.height),
    ];
  };

  pen.lineWidth = 3;
  pen.lineCap = "round";
  pen.lineJoin = "round";

  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    drawing = true;
    const [x, y] = at(event);
    strokes.push([x, y]);
    pen.beginPath();
    pen.moveTo(x, y);
  });
  pad.addEventListener("pointermove", (event) => {
    const stroke = strokes[strokes.length - 1];
    if (!drawing || stroke.length >= 2 * MOST_POINTS) return;
    const [x, y] = at(event);
    stroke.push(x, y);
    pen.lineTo(x, y);
    pen.stroke();
  });
  for (const end of ["pointerup", "pointercancel"]) {
    pad.addEventListener(end, () => { drawing = false; });
  }
  document.getElementById("clear").addEventListener("click", () => {
    strokes = [];
    pen.clearRect(0, 0, pad.width, pad.height);
  });
  form.addEventListener("submit", () => {
    form.elements.drawn.value = strokes.length ? JSON.stringify({ strokes }) : "";
  });
})();
