// SPDX-License-Identifier: Apache-2.0
// How this browser draws: where a program stands in for the graphics card, the plain way is quicker.

const PROGRAMS = /swiftshader|llvmpipe|software|basic render/i;

export function drawsBySoftware() {
  const context = document.createElement("canvas").getContext("webgl2");
  if (!context) return true;
  const told = context.getExtension("WEBGL_debug_renderer_info");
  const name = told ? String(context.getParameter(told.UNMASKED_RENDERER_WEBGL)) : "";
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return PROGRAMS.test(name);
}
