// SPDX-License-Identifier: Apache-2.0
#include "proxy/status_page.h"

#include "base/hex.h"
#include "codec/base64.h"
#include "codec/utf8.h"
#include "crypto/digest.h"

namespace aipg::proxy {
namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --line: #8884; --dim: #667; --good: #176b3a; --bad: #a3241d; --sim: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --dim: #99a; --good: #6fd39b; --bad: #ff8f86; --sim: #f0c060; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 500; color: var(--dim); }
th, td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
code, pre { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
pre { background: #8881; padding: .7rem .9rem; border-radius: 6px; white-space: pre-wrap; }
.dim { color: var(--dim); } .good { color: var(--good); } .bad { color: var(--bad); }
.sim { color: var(--sim); border: 1px solid; border-radius: 6px; padding: .5rem .9rem; margin: 1rem 0; }
.wide { overflow-x: auto; } .wide td, .wide th { white-space: nowrap; }
.wide .free { white-space: normal; min-width: 9rem; } .wide .last { white-space: normal; width: 99%; }
)";

std::string tag(std::string_view name, std::string_view text, std::string_view style = {}) {
  std::string out = "<" + std::string(name);
  if (!style.empty()) out.append(R"( class=")").append(style).append(R"(")");
  return out + ">" + html_escaped(text) + "</" + std::string(name) + ">";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

std::string head() {
  return R"(<!doctype html><html lang="en"><head><meta charset="utf-8">)"
         R"(<meta name="viewport" content="width=device-width, initial-scale=1">)"
         R"(<meta http-equiv="refresh" content="10"><title>aipg proxy</title><style>)" +
         std::string(kStyle) + "</style></head><body>";
}

std::string summary(const Status& status) {
  const std::size_t n = status.workers.size();
  std::string out = "<header><h1>aipg proxy</h1>";
  out += tag("p",
             n == 0 ? "No worker is verified now: the next request asks for evidence first."
                    : std::to_string(n) + (n == 1 ? " worker is" : " workers are") + " verified, and can be sealed to.",
             n == 0 ? "bad" : "good");
  if (status.simulated) {
    out += tag("p",
               "SIMULATED hardware (L0): fine for development, proves nothing about a real machine. Whoever runs these "
               "workers can read every request.",
               "sim");
  }
  return out + "</header>";
}

std::string worker_row(const WorkerStatus& worker) {
  std::string machine = worker.cpu;
  if (!worker.gpus.empty()) machine += (machine.empty() ? "" : " · ") + worker.gpus;
  const auto workload = from_hex(worker.workload);
  return "<tr>" + tag("td", worker.id) + tag("td", attest::to_text(worker.level)) + tag("td", joined(worker.models)) +
         tag("td", machine, "free") + "<td>" + tag("code", workload ? short_hex(*workload) : worker.workload) +
         "</td>" + tag("td", worker.post_quantum ? "post-quantum" : "X25519") +
         tag("td", age_text(worker.age) + " ago") + tag("td", age_text(worker.left)) + "</tr>";
}

std::string workers(const Status& status) {
  if (status.workers.empty()) return {};
  std::string out = R"(<h2>Verified workers</h2><div class="wide"><table><thead><tr>)";
  for (const char* title : {"Worker", "Level", "Models", "Machine", "Workload", "Seal", "Evidence", "Good for"}) {
    out += tag("th", title);
  }
  out += "</tr></thead><tbody>";
  for (const WorkerStatus& worker : status.workers) out += worker_row(worker);
  return out + "</tbody></table></div>";
}

std::string verdicts(const Status& status) {
  if (status.recent.empty()) return {};
  std::string out = R"(<h2>Recent verdicts</h2><div class="wide"><table><tbody>)";
  for (const RecentVerdict& verdict : status.recent) {
    out += "<tr>" + tag("td", age_text(status.now - verdict.at) + " ago", "dim") + tag("td", verdict.worker_id);
    out += verdict.level ? tag("td", "accepted, " + std::string(attest::to_text(*verdict.level)), "good")
                         : tag("td", "rejected", "bad");
    out += tag("td", verdict.why, "dim last") + "</tr>";
  }
  return out + "</tbody></table></div>";
}

std::string row(std::string_view name, std::string_view value) {
  return "<tr>" + tag("th", name) + tag("td", value) + "</tr>";
}

std::string settings(const Status& status) {
  const std::string counts = std::to_string(status.answered) + " answered, " + std::to_string(status.running) +
                             " running, " + std::to_string(status.refused) + " refused, " + std::to_string(status.cut) +
                             " cut, " + std::to_string(status.left) + " left by the client";
  return "<h2>This proxy</h2><table><tbody>" + row("Requests", counts) +
         row("Policy", status.policy.empty() ? "network (the strict defaults)" : status.policy) +
         row("Gateway", status.gateway) +
         row("Kept ready", status.kept_ready.empty() ? "nothing is in use" : joined(status.kept_ready)) +
         row("Attestations",
             status.settings.kept.empty() ? "in the answers only" : "added to " + status.settings.kept) +
         row("Running for", age_text(status.now - status.settings.started) + ", version " + status.version) +
         "</tbody></table>";
}

// The base URL of the first address that is not a Unix socket.
std::string base_url(const Status& status) {
  for (const std::string& address : status.settings.listen) {
    if (!address.starts_with("unix:")) return "http://" + address;
  }
  return "http://localhost";
}

std::string pointing(const Status& status) {
  const std::string base = base_url(status);
  const std::string key = status.settings.token ? "the proxy's token" : "anything";
  return "<h2>Point a client here</h2><pre>OPENAI_BASE_URL=" + html_escaped(base) +
         "/v1\nOPENAI_API_KEY=" + html_escaped(key) + "\nANTHROPIC_BASE_URL=" + html_escaped(base) + "</pre>";
}

}  // namespace

std::string html_escaped(std::string_view text) {
  if (!codec::is_utf8(text)) return "\xef\xbf\xbd";
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? "\xef\xbf\xbd" : std::string(1, c);
    }
  }
  return out;
}

std::string status_page(const Status& status) {
  return head() + summary(status) + workers(status) + verdicts(status) + settings(status) + pointing(status) +
         "</body></html>\n";
}

net::Headers page_headers() {
  const std::string hash = codec::to_base64(crypto::sha256(as_bytes(kStyle)));
  net::Headers out;
  out.add("Content-Security-Policy", "default-src 'none'; style-src 'sha256-" + hash +
                                         "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  out.add("X-Content-Type-Options", "nosniff");
  out.add("X-Frame-Options", "DENY");
  out.add("Referrer-Policy", "no-referrer");
  out.add("Cross-Origin-Resource-Policy", "same-origin");
  out.add("Cross-Origin-Opener-Policy", "same-origin");
  out.add("Cache-Control", "no-store");
  return out;
}

}  // namespace aipg::proxy
