/* SPDX-License-Identifier: Apache-2.0
 *
 * oload - small single-threaded HTTP/1.1 load generator for multi-step flows.
 *
 *   oload SCENARIO.txt   -> one JSON object on stdout
 *
 * Each connection is a "virtual user" (VU) with its own variables and cookie
 * jar, and runs the list of steps again and again for the given time.
 * Closed loop (rate 0): every VU starts the next flow when the last one ends.
 * Open loop (rate R > 0): flows are due every 1/R s; latency counts from the
 * time a flow was DUE, so a stalled server is not flattered.
 *
 * What is kept (keep FILE NAME...) is written a line a flow that went through, so
 * that somebody else can judge every answer.
 *
 * The scenario format is one directive a line, fields parted by TAB, with
 * \n \r \t \\ escapes; scenarios.py writes it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAXSTEPS 24
#define MAXEXT 10
#define MAXVARS 48
#define MAXCOOK 24
#define MAXPIDS 256

static void die(const char *f, ...) {
  va_list a; va_start(a, f); vfprintf(stderr, f, a); va_end(a); fputc('\n', stderr); exit(2);
}
static double now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec + t.tv_nsec * 1e-9; }

/* ---------- growing byte buffer ---------- */
typedef struct { char *p; size_t n, cap; } buf;
static void bneed(buf *b, size_t m) { if (b->n + m + 1 > b->cap) { b->cap = (b->n + m + 1) * 2; b->p = realloc(b->p, b->cap); if (!b->p) die("oom"); } }
static void badd(buf *b, const char *s, size_t m) { bneed(b, m); memcpy(b->p + b->n, s, m); b->n += m; b->p[b->n] = 0; }
static void bstr(buf *b, const char *s) { badd(b, s, strlen(s)); }

/* ---------- histogram: log2 with 64 sub-buckets (<=1.6 % wide) ---------- */
#define HB (64 * 34)
typedef struct { uint64_t c[HB], n; double sum, max; } hist;
static int hidx(double us) { uint64_t v = us < 0 ? 0 : (uint64_t)us; if (v < 128) return (int)v; int e = 63 - __builtin_clzll(v); int i = (e - 5) * 64 + (int)((v >> (e - 6)) & 63); return i < HB ? i : HB - 1; }
static double hval(int i) { if (i < 128) return i + .5; int e = i / 64 + 5; return ((double)(64 + i % 64) + .5) * (double)(1ull << (e - 6)); }
static void hadd(hist *h, double s) { double us = s * 1e6; h->c[hidx(us)]++; h->n++; h->sum += us; if (us > h->max) h->max = us; }
static double hq(hist *h, double q) { if (!h->n) return 0; uint64_t k = (uint64_t)(q * (double)h->n), a = 0; for (int i = 0; i < HB; i++) { a += h->c[i]; if (a > k) return hval(i) / 1000; } return h->max / 1000; }
static void hprint(hist *h) { printf("{\"n\":%llu,\"mean_ms\":%.4f,\"p50_ms\":%.4f,\"p90_ms\":%.4f,\"p99_ms\":%.4f,\"max_ms\":%.4f}", (unsigned long long)h->n, h->n ? h->sum / h->n / 1000 : 0, hq(h, .5), hq(h, .9), hq(h, .99), h->max / 1000); }

/* ---------- scenario ---------- */
enum src { S_LOC, S_BODY, S_JSON, S_COOKIE, S_HEAD };
typedef struct { int var; enum src src; char *a, *b; int html; } ext;
typedef struct { char *name, *method, *path, *headers, *body; int st[6], nst; int cookies; ext e[MAXEXT]; int ne; hist h; uint64_t bytes; } step;
static step st[MAXSTEPS]; static int nst;
static char *vname[MAXVARS]; static int nvars;
static int V_LOC, V_SEQ;
static char host[256] = "127.0.0.1", hosthdr[256] = ""; static int port;
static int conns = 8, jar_reset = 0, varflow = 0; static double warm = 1, dur = 5, rate = 0; static long maxflows = 0, perconn = 0;
static char **rows; static int nrows, rowvars[MAXVARS], nrowvars; static char *dumpfile;
static FILE *keepfile; static int keepvars[8], nkeep;
static int pids[MAXPIDS], npids, others[MAXPIDS], nothers; static int core = -1;
static long rownext, seqno;

static int vidx(const char *n, size_t l) {
  for (int i = 0; i < nvars; i++) if (strlen(vname[i]) == l && !memcmp(vname[i], n, l)) return i;
  if (nvars == MAXVARS) die("too many variables");
  vname[nvars] = strndup(n, l); return nvars++;
}
static char *unesc(char *s) { char *o = s, *r = s; for (; *s; s++) if (*s == '\\' && s[1]) { s++; *o++ = *s == 'n' ? '\n' : *s == 'r' ? '\r' : *s == 't' ? '\t' : *s; } else *o++ = *s; *o = 0; return r; }

/* ---------- virtual user ---------- */
typedef struct { char *n, *v, *p; } cookie;
enum ph { P_IDLE, P_CONN, P_SEND, P_RECV };
typedef struct {
  int fd, fresh, retried; enum ph ph; int step; double t_due, t_step; char *var[MAXVARS];
  cookie ck[MAXCOOK]; int nck; cookie ck0[MAXCOOK]; int nck0;
  buf out; size_t sent; buf in; uint32_t ev; long done;
} vu;
static vu *U; static int ep;
static uint64_t reqs_all, flows_all, errs, retries, newconns, ferr; static hist hflow; static int measuring;
static char errsample[6][700]; static int nerrs;
static uint64_t codes[600];
static double tstart, t0, t1; static double next_due; static int stopping;

static void setvar(vu *u, int i, const char *s, size_t l) { free(u->var[i]); u->var[i] = strndup(s, l); }

static void subst(vu *u, buf *o, const char *t) {
  while (*t) {
    const char *d = strstr(t, "${");
    if (!d) { bstr(o, t); return; }
    badd(o, t, (size_t)(d - t));
    const char *e = strchr(d, '}'); if (!e) die("bad template");
    const char *n = d + 2; int enc = 0;
    if (n[1] == ':') { enc = n[0]; n += 2; }
    int i = vidx(n, (size_t)(e - n)); char num[32]; const char *v;
    if (i == V_SEQ) { snprintf(num, sizeof num, "%ld", ++seqno); v = num; } else v = u->var[i] ? u->var[i] : "";
    if (enc == 'u') { static const char hx[] = "0123456789ABCDEF"; for (; *v; v++) { unsigned char c = (unsigned char)*v; if (isalnum(c) || strchr("-._~", c)) badd(o, v, 1); else { char q[3] = { '%', hx[c >> 4], hx[c & 15] }; badd(o, q, 3); } } }
    else bstr(o, v);
    t = e + 1;
  }
}
static void htmlunesc(char *s) {
  char *o = s;
  static const struct { const char *e; char c; } T[] = { { "&amp;", '&' }, { "&#38;", '&' }, { "&#x26;", '&' }, { "&quot;", '"' }, { "&#34;", '"' }, { "&#39;", '\'' }, { "&#x27;", '\'' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&#61;", '=' }, { "&#x3D;", '=' }, { "&#43;", '+' }, { "&#x2B;", '+' }, { "&#x2F;", '/' }, { "&#47;", '/' } };
  while (*s) { int hit = 0; if (*s == '&') for (size_t i = 0; i < sizeof T / sizeof *T; i++) { size_t l = strlen(T[i].e); if (!strncasecmp(s, T[i].e, l)) { *o++ = T[i].c; s += l; hit = 1; break; } } if (!hit) *o++ = *s++; }
  *o = 0;
}
static void delcookie(vu *u, int i) { free(u->ck[i].n); free(u->ck[i].v); free(u->ck[i].p); u->ck[i] = u->ck[--u->nck]; }
static void putcookie(vu *u, const char *n, size_t nl, const char *v, size_t vl, const char *p, size_t pl, int del) {
  for (int i = 0; i < u->nck; i++) if (strlen(u->ck[i].n) == nl && !memcmp(u->ck[i].n, n, nl) && strlen(u->ck[i].p) == pl && !memcmp(u->ck[i].p, p, pl)) { delcookie(u, i); break; }
  if (del) return;
  if (u->nck == MAXCOOK) { delcookie(u, 0); }
  u->ck[u->nck++] = (cookie){ strndup(n, nl), strndup(v, vl), strndup(p, pl) };
}
static void setcookie(vu *u, const char *s, size_t l) {
  const char *end = s + l, *eq = memchr(s, '=', l); if (!eq) return;
  const char *sc = memchr(s, ';', l); const char *ve = sc ? sc : end; if (eq > ve) return;
  const char *p = "/"; size_t pl = 1; int del = 0;
  for (const char *a = ve; a && a < end;) {
    a++; while (a < end && *a == ' ') a++;
    const char *n = memchr(a, ';', (size_t)(end - a)); size_t al = (size_t)((n ? n : end) - a);
    if (al > 5 && !strncasecmp(a, "path=", 5)) { p = a + 5; pl = al - 5; }
    else if (al >= 9 && !strncasecmp(a, "max-age=", 8)) { if (atoi(a + 8) <= 0) del = 1; }
    else if (al > 8 && !strncasecmp(a, "expires=", 8)) { for (size_t k = 8; k + 4 <= al; k++) if (!memcmp(a + k, "1970", 4)) del = 1; }
    a = n;
  }
  if (ve == eq + 1) del = 1;
  putcookie(u, s, (size_t)(eq - s), eq + 1, (size_t)(ve - eq - 1), p, pl, del);
}
static void jarload(vu *u, int reset) {
  if (reset) { while (u->nck) delcookie(u, 0); for (int i = 0; i < u->nck0; i++) putcookie(u, u->ck0[i].n, strlen(u->ck0[i].n), u->ck0[i].v, strlen(u->ck0[i].v), "/", 1, 0); }
}
static void loadrow(vu *u, long r) {
  char *line = strdup(rows[r % nrows]), *s = line; u->nck0 = 0;
  for (int i = 0; i < nrowvars; i++) {
    char *t = strchr(s, '\t'); if (t) *t = 0;
    if (rowvars[i] >= 0) setvar(u, rowvars[i], s, strlen(s));
    else { /* cookies column: a=b; c=d */
      char *c = s; while (*c) { while (*c == ' ' || *c == ';') c++; char *q = strchr(c, '='); if (!q) break; char *z = strchr(q, ';'); if (!z) z = q + strlen(q); if (u->nck0 < MAXCOOK) u->ck0[u->nck0++] = (cookie){ strndup(c, (size_t)(q - c)), strndup(q + 1, (size_t)(z - q - 1)), 0 }; c = z; }
    }
    if (!t) break; s = t + 1;
  }
  free(line);
}

static void wantev(vu *u, uint32_t ev) { if (u->ev == ev) return; struct epoll_event e = { .events = ev, .data.ptr = u }; epoll_ctl(ep, u->ev ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, u->fd, &e); u->ev = ev; }
static void closefd(vu *u) { if (u->fd >= 0) { close(u->fd); u->fd = -1; u->ev = 0; } }
static void build(vu *u) {
  step *s = &st[u->step]; static buf tmp; tmp.n = 0; static buf body; body.n = 0; bneed(&body, 1); body.p[0] = 0;
  subst(u, &tmp, s->path); char *p = tmp.p;
  if (!strncmp(p, "http://", 7) || !strncmp(p, "https://", 8)) { p = strchr(p + 8, '/'); if (!p) p = "/"; }
  u->out.n = 0; bstr(&u->out, s->method); badd(&u->out, " ", 1);
  char *frag = strchr(p, '#'); badd(&u->out, p, frag ? (size_t)(frag - p) : strlen(p));
  bstr(&u->out, " HTTP/1.1\r\nHost: "); bstr(&u->out, hosthdr); bstr(&u->out, "\r\n");
  subst(u, &u->out, s->headers);
  if (s->cookies) {
    int first = 1; size_t plen = strcspn(p, "?");
    for (int i = 0; i < u->nck; i++) { cookie *c = &u->ck[i]; size_t l = strlen(c->p); if (l > plen || memcmp(c->p, p, l)) continue; if (l < plen && c->p[l - 1] != '/' && p[l] != '/') continue; bstr(&u->out, first ? "Cookie: " : "; "); first = 0; bstr(&u->out, c->n); badd(&u->out, "=", 1); bstr(&u->out, c->v); }
    if (!first) bstr(&u->out, "\r\n");
  }
  subst(u, &body, s->body);
  if (body.n || strcmp(s->method, "GET")) { char cl[64]; snprintf(cl, sizeof cl, "Content-Length: %zu\r\n", body.n); bstr(&u->out, cl); }
  bstr(&u->out, "\r\n"); badd(&u->out, body.p, body.n);
  u->sent = 0; u->in.n = 0;
}
static void docon(vu *u) {
  u->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); if (u->fd < 0) die("socket: %s", strerror(errno));
  int one = 1; setsockopt(u->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) }; inet_pton(AF_INET, host, &a.sin_addr);
  newconns++; u->fresh = 1; u->ev = 0;
  if (connect(u->fd, (void *)&a, sizeof a) < 0 && errno != EINPROGRESS) { closefd(u); errs++; u->ph = P_IDLE; if (errs > 2000) stopping = 1; return; }
  u->ph = P_CONN; wantev(u, EPOLLOUT);
}
static void fail(vu *u, const char *why, int code);
static void nextflow(vu *u);
static void dosend(vu *u) {
  while (u->sent < u->out.n) {
    ssize_t k = send(u->fd, u->out.p + u->sent, u->out.n - u->sent, MSG_NOSIGNAL);
    if (k < 0) { if (errno == EAGAIN) { u->ph = P_SEND; wantev(u, EPOLLOUT); return; }
      if (!u->fresh && !u->retried) { u->retried = 1; retries++; closefd(u); docon(u); u->sent = 0; return; }
      fail(u, "send", 0); return; }
    u->sent += (size_t)k;
  }
  u->ph = P_RECV; wantev(u, EPOLLIN);
}
static void startstep(vu *u) { build(u); u->retried = 0; u->t_step = now(); if (u->fd < 0) docon(u); else dosend(u); }
static void fail(vu *u, const char *why, int code) {
  errs++; if (measuring) ferr++;
  if (nerrs < 6) { char b[300]; size_t k = 0, lim = u->in.n < 260 ? u->in.n : 260; for (size_t i = 0; i < lim; i++) { char c = u->in.p[i]; b[k++] = (c == '"' || c == '\\' || (unsigned char)c < 32) ? ' ' : c; } b[k] = 0; snprintf(errsample[nerrs++], 700, "%s code=%d step=%s: %s", why, code, st[u->step].name, b); }
  closefd(u); if (errs > 2000) stopping = 1; 
  u->ph = P_IDLE; nextflow(u);
}
static const char *hfind(const char *h, const char *he, const char *name, size_t *len, const char *from) {
  size_t l = strlen(name); const char *p = from ? from : h;
  while (p < he) { const char *e = memmem(p, (size_t)(he - p) + 2, "\r\n", 2); if (!e) return 0; if ((size_t)(e - p) > l && p[l] == ':' && !strncasecmp(p, name, l)) { const char *v = p + l + 1; while (*v == ' ') v++; *len = (size_t)(e - v); return v; } p = e + 2; }
  return 0;
}
static void flowend(vu *u) {
  double t = now(); flows_all++;
  for (int i = 0; i < nkeep; i++) { fputs(u->var[keepvars[i]] ? u->var[keepvars[i]] : "", keepfile); fputc(i + 1 < nkeep ? '\t' : '\n', keepfile); }
  if (measuring && u->t_due >= t0 - (rate > 0 ? 0 : 1e9) && t <= t1 + 30) hadd(&hflow, t - u->t_due);
  if (maxflows && (long)flows_all >= maxflows) stopping = 1;
  u->done++; u->ph = P_IDLE; nextflow(u);
}
static void nextflow(vu *u) {
  if (stopping) return;
  if (perconn && u->done >= perconn) return;
  double t = now();
  if (rate > 0) { if (next_due > t) return; u->t_due = next_due; next_due += 1 / rate; } else u->t_due = t;
  if (varflow && nrows) { if (rownext >= nrows && varflow == 2) { stopping = 1; return; } loadrow(u, rownext++); jarload(u, 1); }
  else if (jar_reset) jarload(u, 1);
  u->step = 0; startstep(u);
}
/* returns 1 when a full response is in u->in */
static int complete(vu *u, const char **hend, const char **bodyp, size_t *blen, int *closec, int eof) {
  if (u->in.n < 16) return 0;
  char *he = memmem(u->in.p, u->in.n, "\r\n\r\n", 4); if (!he) return 0;
  size_t hl = (size_t)(he - u->in.p) + 4, l; const char *v; *hend = he; *bodyp = u->in.p + hl;
  int code = atoi(u->in.p + 9);
  v = hfind(u->in.p, he, "connection", &l, 0); *closec = (v && l >= 5 && !strncasecmp(v, "close", 5)) || !strncmp(u->in.p, "HTTP/1.0", 8);
  if (code == 100) { size_t rest = u->in.n - hl; memmove(u->in.p, u->in.p + hl, rest); u->in.n = rest; return complete(u, hend, bodyp, blen, closec, eof); }
  if (code == 204 || code == 304) { *blen = 0; return 1; }
  if ((v = hfind(u->in.p, he, "content-length", &l, 0))) { size_t cl = (size_t)atol(v); if (u->in.n - hl < cl) return 0; *blen = cl; return 1; }
  if ((v = hfind(u->in.p, he, "transfer-encoding", &l, 0)) && l >= 7 && !strncasecmp(v, "chunked", 7)) {
    char *r = u->in.p + hl, *end = u->in.p + u->in.n;
    for (char *q = r;;) { char *nl = memmem(q, (size_t)(end - q), "\r\n", 2); if (!nl) return 0; size_t n = strtoul(q, 0, 16); if (nl + 2 + n + 2 > end) return 0; if (!n) break; q = nl + 2 + n + 2; }
    char *w = r; for (char *q = r;;) { char *nl = memmem(q, (size_t)(end - q), "\r\n", 2); size_t n = strtoul(q, 0, 16); if (!n) break; char *nx = nl + 2 + n + 2; memmove(w, nl + 2, n); w += n; q = nx; }
    *blen = (size_t)(w - r); *w = 0; return 1;
  }
  if (eof) { *blen = u->in.n - hl; *closec = 1; return 1; }
  return 0;
}
static void gotresp(vu *u, const char *he, const char *body, size_t bl, int closec) {
  step *s = &st[u->step]; int code = atoi(u->in.p + 9); reqs_all++; size_t l; const char *v;
  if (code > 0 && code < 600) codes[code]++;
  if (measuring) { hadd(&s->h, now() - u->t_step); s->bytes += u->in.n; }
  int ok = 0; for (int i = 0; i < s->nst; i++) if (s->st[i] == code) ok = 1;
  if (!ok) { fail(u, "status", code); return; }
  if (s->cookies) for (const char *f = 0; (v = hfind(u->in.p, he, "set-cookie", &l, f));) { setcookie(u, v, l); f = v + l + 2; }
  if ((v = hfind(u->in.p, he, "location", &l, 0))) setvar(u, V_LOC, v, l);
  for (int i = 0; i < s->ne; i++) {
    ext *e = &s->e[i]; const char *p = 0, *z = 0, *end;
    if (e->src == S_COOKIE) { for (int k = 0; k < u->nck; k++) if (!strcmp(u->ck[k].n, e->a)) { p = u->ck[k].v; z = p + strlen(p); } }
    else if (e->src == S_HEAD) { if ((p = hfind(u->in.p, he, e->a, &l, 0))) z = p + l; }
    else if (e->src == S_JSON) {
      char key[80]; snprintf(key, sizeof key, "\"%s\"", e->a); p = memmem(body, bl, key, strlen(key)); end = body + bl;
      if (p) { p += strlen(key); while (p < end && (*p == ' ' || *p == ':')) p++; if (p < end && *p == '"') { p++; z = memchr(p, '"', (size_t)(end - p)); } else { z = p; while (z < end && *z != ',' && *z != '}') z++; } }
    } else {
      const char *src = e->src == S_LOC ? (u->var[V_LOC] ? u->var[V_LOC] : "") : body; size_t sl = e->src == S_LOC ? strlen(src) : bl; end = src + sl;
      p = *e->a ? memmem(src, sl, e->a, strlen(e->a)) : src;
      if (p) { p += strlen(e->a); z = *e->b ? memmem(p, (size_t)(end - p), e->b, strlen(e->b)) : end; if (!z && e->src == S_LOC) z = end; }
    }
    if (!p || !z) { char w[120]; snprintf(w, sizeof w, "extract %s", vname[e->var]); fail(u, w, code); return; }
    setvar(u, e->var, p, (size_t)(z - p)); if (e->html) htmlunesc(u->var[e->var]);
  }
  if (closec) closefd(u); else { u->fresh = 0; wantev(u, EPOLLIN); }
  if (++u->step < nst) startstep(u); else flowend(u);
}
static void onread(vu *u) {
  for (;;) {
    bneed(&u->in, 16384);
    ssize_t k = recv(u->fd, u->in.p + u->in.n, 16384, 0);
    if (k < 0 && errno == EAGAIN) return;
    if (u->ph == P_IDLE) { closefd(u); return; }
    if (k <= 0) {
      const char *he, *b; size_t bl; int cc;
      if (u->in.n == 0 && !u->fresh && !u->retried) { u->retried = 1; retries++; closefd(u); u->sent = 0; docon(u); return; }
      if (k == 0 && complete(u, &he, &b, &bl, &cc, 1)) { gotresp(u, he, b, bl, 1); return; }
      fail(u, k ? strerror(errno) : "eof", 0); return;
    }
    u->in.n += (size_t)k; u->in.p[u->in.n] = 0;
    const char *he, *b; size_t bl; int cc;
    if (complete(u, &he, &b, &bl, &cc, 0)) { gotresp(u, he, b, bl, cc); return; }
    if (k < 16384) return;
  }
}
/* ---------- /proc readings ---------- */
static double cpu_of(const int *list, int n) {
  /* The clock of a whole process counts nanoseconds, also of threads that have ended; /proc counts ticks. */
  double t = 0;
  for (int i = 0; i < n; i++) { clockid_t c; struct timespec s; if (!clock_getcpuclockid(list[i], &c) && !clock_gettime(c, &s)) t += (double)s.tv_sec + (double)s.tv_nsec * 1e-9; }
  return t;
}
static void corestat(double *busy, double *tot) {
  *busy = *tot = 0; if (core < 0) return; FILE *f = fopen("/proc/stat", "r"); char l[512], key[16]; snprintf(key, sizeof key, "cpu%d ", core);
  while (fgets(l, sizeof l, f)) if (!strncmp(l, key, strlen(key))) { unsigned long long a[8] = { 0 }; sscanf(l + strlen(key), "%llu %llu %llu %llu %llu %llu %llu %llu", a, a + 1, a + 2, a + 3, a + 4, a + 5, a + 6, a + 7); for (int i = 0; i < 8; i++) *tot += (double)a[i]; *busy = *tot - (double)a[3] - (double)a[4]; }
  fclose(f);
}
static double selfcpu(void) { struct rusage r; getrusage(RUSAGE_SELF, &r); return r.ru_utime.tv_sec + r.ru_utime.tv_usec * 1e-6 + r.ru_stime.tv_sec + r.ru_stime.tv_usec * 1e-6; }

static void load(const char *fn) {
  FILE *f = fopen(fn, "r"); if (!f) die("open %s", fn); char *line = 0; size_t cap = 0; ssize_t k; step *s = 0; char *varsfn = 0;
  while ((k = getline(&line, &cap, f)) > 0) {
    if (line[k - 1] == '\n') line[--k] = 0; if (!k || *line == '#') continue;
    char *fl[10]; int nf = 0; char *dup = strdup(line); for (char *p = dup; p && nf < 10;) { fl[nf++] = p; p = strchr(p, '\t'); if (p) *p++ = 0; }
    for (int i = 0; i < nf; i++) unesc(fl[i]);
    char *d = fl[0], *a = nf > 1 ? fl[1] : "";
    if (!strcmp(d, "target")) { snprintf(host, sizeof host, "%s", a); port = atoi(fl[2]); }
    else if (!strcmp(d, "host")) snprintf(hosthdr, sizeof hosthdr, "%s", a);
    else if (!strcmp(d, "conns")) conns = atoi(a);
    else if (!strcmp(d, "warmup")) warm = atof(a);
    else if (!strcmp(d, "duration")) dur = atof(a);
    else if (!strcmp(d, "rate")) rate = atof(a);
    else if (!strcmp(d, "maxflows")) maxflows = atol(a);
    else if (!strcmp(d, "perconn")) perconn = atol(a);
    else if (!strcmp(d, "jar")) jar_reset = !strcmp(a, "reset");
    else if (!strcmp(d, "vars")) { varsfn = strdup(a); varflow = nf > 2 && !strcmp(fl[2], "flow") ? 1 : nf > 2 && !strcmp(fl[2], "once") ? 2 : 0; }
    else if (!strcmp(d, "dump")) dumpfile = strdup(a);
    else if (!strcmp(d, "keep")) { keepfile = fopen(a, "w"); if (!keepfile) die("keep %s", a); for (int i = 2; i < nf && nkeep < 8; i++) keepvars[nkeep++] = vidx(fl[i], strlen(fl[i])); }
    else if (!strcmp(d, "core")) core = atoi(a);
    else if (!strcmp(d, "others")) { for (char *p = a; *p && nothers < MAXPIDS;) { others[nothers++] = (int)strtol(p, &p, 10); if (*p == ',') p++; } }
    else if (!strcmp(d, "pids")) { for (char *p = a; *p && npids < MAXPIDS;) { pids[npids++] = (int)strtol(p, &p, 10); if (*p == ',') p++; } }
    else if (!strcmp(d, "step")) { /* step name method path headers body codes cookies */
      if (nst == MAXSTEPS || nf < 8) die("bad step"); s = &st[nst++]; s->name = fl[1]; s->method = fl[2]; s->path = fl[3]; s->headers = fl[4]; s->body = fl[5];
      for (char *p = fl[6]; *p && s->nst < 6;) { s->st[s->nst++] = (int)strtol(p, &p, 10); if (*p == ',') p++; } s->cookies = atoi(fl[7]);
    } else if (!strcmp(d, "ext")) { /* ext var src a b html */
      if (!s || s->ne == MAXEXT) die("bad ext"); ext *e = &s->e[s->ne++]; e->var = vidx(a, strlen(a)); e->src = !strcmp(fl[2], "loc") ? S_LOC : !strcmp(fl[2], "body") ? S_BODY : !strcmp(fl[2], "json") ? S_JSON : !strcmp(fl[2], "head") ? S_HEAD : S_COOKIE; e->a = nf > 3 ? fl[3] : ""; e->b = nf > 4 ? fl[4] : ""; e->html = nf > 5 && atoi(fl[5]);
    } else die("unknown directive %s", d);
  }
  fclose(f);
  if (!*hosthdr) snprintf(hosthdr, sizeof hosthdr, "%s:%d", host, port);
  if (varsfn) {
    f = fopen(varsfn, "r"); if (!f) die("open %s", varsfn); int cr = 0, first = 1;
    while ((k = getline(&line, &cap, f)) > 0) {
      if (line[k - 1] == '\n') line[--k] = 0;
      if (first) { first = 0; for (char *p = line; p;) { char *t = strchr(p, '\t'); size_t l = t ? (size_t)(t - p) : strlen(p); rowvars[nrowvars++] = l == 7 && !memcmp(p, "cookies", 7) ? -1 : vidx(p, l); p = t ? t + 1 : 0; } continue; }
      if (nrows == cr) rows = realloc(rows, sizeof *rows * (size_t)(cr = cr ? cr * 2 : 64)); rows[nrows++] = strdup(line);
    }
    fclose(f);
  }
}
int main(int c, char **v) {
  if (c != 2) die("usage: oload SCENARIO");
  V_LOC = vidx("loc", 3); V_SEQ = vidx("seq", 3); seqno = (long)(now() * 1000) % 100000000L * 100;
  load(v[1]); if (!nst) die("no steps");
  U = calloc((size_t)conns, sizeof *U); ep = epoll_create1(0);
  for (int i = 0; i < conns; i++) { U[i].fd = -1; if (nrows && !varflow) { loadrow(&U[i], i); jarload(&U[i], 1); } }
  tstart = now(); t0 = tstart + warm; t1 = t0 + dur; next_due = tstart;
  double cpu0 = 0, oth0 = 0, oth1 = 0, b0 = 0, k0 = 0, self0 = 0, cpu1 = 0, b1 = 0, k1 = 0, self1 = 0; uint64_t f0 = 0, r0 = 0, f1 = 0, r1 = 0; double m0 = 0, m1 = 0; long late = 0;
  for (int i = 0; i < conns; i++) nextflow(&U[i]);
  struct epoll_event evs[256]; double drain = rate > 0 ? 3 : 0; int closedwin = 0;
  for (;;) {
    double t = now();
    if (!measuring && !closedwin && t >= t0) { measuring = 1; m0 = t; f0 = flows_all; r0 = reqs_all; cpu0 = cpu_of(pids, npids); oth0 = cpu_of(others, nothers); corestat(&b0, &k0); self0 = selfcpu(); }
    if (!closedwin && (t >= t1 || stopping)) { closedwin = 1; m1 = t; f1 = flows_all; r1 = reqs_all; cpu1 = cpu_of(pids, npids); oth1 = cpu_of(others, nothers); corestat(&b1, &k1); self1 = selfcpu(); stopping = 1; }
    if (closedwin) { int busy = 0; for (int i = 0; i < conns; i++) if (U[i].ph != P_IDLE) busy++; if (!busy || t > m1 + (drain ? drain : 1.0)) break; if (!drain) measuring = 0; }
    int tmo = 20; if (rate > 0 && !stopping) { double w = (next_due - t) * 1000; tmo = w < 0 ? 0 : w > 20 ? 20 : (int)w; }
    int n = epoll_wait(ep, evs, 256, tmo);
    for (int i = 0; i < n; i++) {
      vu *u = evs[i].data.ptr; if (u->fd < 0) continue;
      if (u->ph == P_CONN) { int e = 0; socklen_t l = sizeof e; getsockopt(u->fd, SOL_SOCKET, SO_ERROR, &e, &l); if (e) { fail(u, strerror(e), 0); continue; } dosend(u); }
      else if (u->ph == P_SEND) dosend(u); else onread(u);
    }
    if (perconn && !stopping) { int left = 0; for (int i = 0; i < conns; i++) left += U[i].done < perconn; if (!left) stopping = 1; }
    if (!stopping) {
      t = now();
      for (int i = 0; i < conns; i++) { vu *u = &U[i]; if (u->ph != P_IDLE) continue; if (rate > 0 && next_due > t) break; nextflow(u); }
      if (rate > 0 && t - next_due > 1) late++;
    }
  }
  double el = m1 - m0; if (keepfile) fclose(keepfile);
  printf("{\"elapsed\":%.4f,\"flows\":%llu,\"flows_s\":%.3f,\"reqs_s\":%.3f,\"errors\":%llu,\"errors_in_window\":%llu,\"retries\":%llu,\"newconns\":%llu,\"late\":%ld,\"srv_cpu_s\":%.3f,\"srv_cpu_share\":%.4f,\"core_busy\":%.4f,\"gen_cpu_share\":%.4f,\"cpu_ms_per_flow\":%.5f,\"other_ms_per_flow\":%.5f,\"latency\":",
         el, (unsigned long long)(f1 - f0), (double)(f1 - f0) / el, (double)(r1 - r0) / el, (unsigned long long)errs, (unsigned long long)ferr, (unsigned long long)retries, (unsigned long long)newconns, late, cpu1 - cpu0, (cpu1 - cpu0) / el, k1 > k0 ? (b1 - b0) / (k1 - k0) : -1, (self1 - self0) / el, f1 > f0 ? (cpu1 - cpu0) * 1000 / (double)(f1 - f0) : 0, f1 > f0 ? (oth1 - oth0) * 1000 / (double)(f1 - f0) : 0);
  hprint(&hflow); printf(",\"steps\":[");
  for (int i = 0; i < nst; i++) { printf("%s{\"name\":\"%s\",\"bytes\":%.0f,\"lat\":", i ? "," : "", st[i].name, st[i].h.n ? (double)st[i].bytes / st[i].h.n : 0); hprint(&st[i].h); printf("}"); }
  printf("],\"codes\":{"); int first = 1; for (int i = 0; i < 600; i++) if (codes[i]) { printf("%s\"%d\":%llu", first ? "" : ",", i, (unsigned long long)codes[i]); first = 0; }
  printf("},\"errsample\":["); for (int i = 0; i < nerrs; i++) printf("%s\"%s\"", i ? "," : "", errsample[i]);
  printf("],\"sample\":{"); first = 1; for (int i = 0; i < nvars; i++) if (U[0].var[i] && i != V_SEQ) { printf("%s\"%s\":\"", first ? "" : ",", vname[i]); for (char *q = U[0].var[i]; *q; q++) if (*q == '"' || *q == '\\' || (unsigned char)*q < 32) printf("\\u%04x", *q); else putchar(*q); putchar('"'); first = 0; }
  printf("}}\n");
  if (dumpfile) {
    FILE *f = fopen(dumpfile, "w"); for (int i = 0; i < nvars; i++) fprintf(f, "%s%s", i ? "\t" : "", vname[i]); fprintf(f, "\tcookies\n");
    for (int k = 0; k < conns; k++) { for (int i = 0; i < nvars; i++) fprintf(f, "%s%s", i ? "\t" : "", U[k].var[i] ? U[k].var[i] : ""); fputc('\t', f); for (int i = 0; i < U[k].nck; i++) fprintf(f, "%s%s=%s", i ? "; " : "", U[k].ck[i].n, U[k].ck[i].v); fputc('\n', f); }
    fclose(f);
  }
  return 0;
}
