# SPDX-License-Identifier: Apache-2.0
"""The process that draws the PIN window: questions come in on its input, answers go out."""

import json
import sys
import tkinter as tk
from queue import Empty, SimpleQueue
from threading import Thread
from tkinter import font, ttk

from connectors.cps_card.agent.cards import Pin
from connectors.cps_card.agent.window import Question
from connectors.cps_card.agent.words import Words, which_card, who_asks, words_for

POLL_MS = 50
WIDTH = 420
INK, QUIET, PAPER, ALARM, ACCENT = "#1b1f2a", "#545b6b", "#ffffff", "#a3142e", "#2f4a8f"


class PinWindow:
    """One window: shows a question, and hands on what is typed."""

    def __init__(self, root: tk.Tk, words: Words) -> None:
        self._root = root
        self._words = words
        self._pinpad = False
        self._typed = tk.StringVar(root)
        self._style()
        frame = ttk.Frame(root, padding=24, style="Paper.TFrame")
        frame.pack(fill="both", expand=True)
        self._asks = self._line(frame, "Asks.TLabel", 0)
        self._card = self._line(frame, "Quiet.TLabel", 10)
        self._prompt = self._line(frame, "Prompt.TLabel", 18)
        self._field = ttk.Entry(
            frame, textvariable=self._typed, show="\u2022", width=20, font=("TkDefaultFont", 16)
        )
        self._field.pack(anchor="w", pady=(6, 0), fill="x")
        self._alarm = self._line(frame, "Alarm.TLabel", 6)
        self._buttons(frame)
        self._line(frame, "Quiet.TLabel", 16).configure(text=words.stranger)
        root.protocol("WM_DELETE_WINDOW", self.cancel)
        root.bind("<Escape>", lambda _: self.cancel())
        root.bind("<Return>", lambda _: self.submit())
        root.bind("<KP_Enter>", lambda _: self.submit())

    def _style(self) -> None:
        self._root.title(self._words.title)
        self._root.configure(background=PAPER)
        self._root.resizable(width=False, height=False)
        size = abs(int(font.nametofont("TkDefaultFont").cget("size"))) or 10
        style = ttk.Style(self._root)
        style.theme_use("clam")
        style.configure("Paper.TFrame", background=PAPER)
        for name, ink, more in (
            ("Asks", INK, ("TkDefaultFont", size + 3, "bold")),
            ("Quiet", QUIET, ("TkDefaultFont", size)),
            ("Prompt", INK, ("TkDefaultFont", size + 1)),
            ("Alarm", ALARM, ("TkDefaultFont", size + 1, "bold")),
        ):
            style.configure(f"{name}.TLabel", background=PAPER, foreground=ink, font=more)
        style.configure("Main.TButton", background=ACCENT, foreground=PAPER, padding=(18, 8))
        style.map("Main.TButton", background=[("active", INK), ("disabled", QUIET)])
        style.configure("Other.TButton", background=PAPER, foreground=INK, padding=(18, 8))

    def _line(self, frame: ttk.Frame, style: str, above: int) -> ttk.Label:
        label = ttk.Label(frame, style=style, wraplength=WIDTH, justify="left")
        label.pack(anchor="w", pady=(above, 0))
        return label

    def _buttons(self, frame: ttk.Frame) -> None:
        row = ttk.Frame(frame, style="Paper.TFrame")
        row.pack(anchor="e", pady=(18, 0))
        self._cancel = ttk.Button(
            row, text=self._words.cancel, style="Other.TButton", command=self.cancel
        )
        self._submit = ttk.Button(row, style="Main.TButton", command=self.submit)
        self._cancel.pack(side="left", padx=(0, 8))
        self._submit.pack(side="left")

    def show(self, question: Question) -> None:
        """On top of everything else, with the keyboard in the field."""
        self._pinpad = question.pinpad
        self._asks.configure(text=who_asks(self._words, question))
        self._card.configure(text=which_card(self._words, question))
        self._alarm.configure(text=self._words.wrong if question.wrong else "")
        if question.pinpad:
            self._field.pack_forget()
        self._prompt.configure(
            text=self._words.on_pinpad if question.pinpad else self._words.prompt
        )
        self._submit.configure(text=self._words.agree if question.pinpad else self._words.submit)
        self._enable(on=True)
        self._root.update_idletasks()
        self._centre()
        self._root.deiconify()
        self._root.attributes("-topmost", True)
        self._root.lift()
        self._root.focus_force()
        (self._submit if question.pinpad else self._field).focus_set()

    def _centre(self) -> None:
        width, height = self._root.winfo_reqwidth(), self._root.winfo_reqheight()
        left = max(0, (self._root.winfo_screenwidth() - width) // 2)
        top = max(0, (self._root.winfo_screenheight() - height) // 3)
        self._root.geometry(f"+{left}+{top}")

    def _enable(self, *, on: bool) -> None:
        for each in (self._submit, self._field):
            each.configure(state="normal" if on else "disabled")

    def submit(self) -> None:
        """The gesture. What cannot be a PIN stays in the field: the card is not asked about it."""
        if str(self._submit.cget("state")) == "disabled":
            return
        if self._pinpad:
            self._enable(on=False)
            self._prompt.configure(text=self._words.typing)
            answer({"agreed": True})
            return
        typed = self._typed.get()
        if not Pin.is_one(typed):
            return
        self._typed.set("")
        self._enable(on=False)
        answer({"pin": typed})

    def cancel(self) -> None:
        """Nothing is signed."""
        answer({"cancel": True})
        self._root.destroy()


def answer(members: dict[str, object]) -> None:
    """One line, at once."""
    sys.stdout.write(json.dumps(members) + "\n")
    sys.stdout.flush()


def listen(lines: SimpleQueue[str]) -> None:
    """Hands on what comes in; an empty line at the end."""
    for line in sys.stdin:
        lines.put(line)
    lines.put("")


def main() -> None:
    """Until somebody cancels, or the input ends."""
    try:
        root = tk.Tk(className="Sceau-agent")
    except tk.TclError:
        sys.stderr.write("sceau-agent: there is no screen to show the window on\n")
        sys.exit(1)
    root.withdraw()
    window = PinWindow(root, words_for(sys.argv[1] if len(sys.argv) > 1 else ""))
    lines: SimpleQueue[str] = SimpleQueue()
    Thread(target=listen, args=(lines,), daemon=True).start()

    def poll() -> None:
        try:
            line = lines.get_nowait()
        except Empty:
            root.after(POLL_MS, poll)
            return
        if not line:
            root.destroy()
            return
        window.show(Question(**json.loads(line)))
        root.after(POLL_MS, poll)

    root.after(0, poll)
    root.mainloop()


if __name__ == "__main__":
    main()
