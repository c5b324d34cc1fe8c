// SPDX-License-Identifier: Apache-2.0
#include "proxy/metrics.h"

#include <string_view>

namespace aipg::proxy {
namespace {

// A name, what it counts, its type, and a line for each value.
class Text {
 public:
  void family(std::string_view name, std::string_view help, std::string_view type) {
    name_ = name;
    out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  void value(std::string_view labels, const std::string& value) {
    out_.append(name_).append(labels).append(" ").append(value).append("\n");
  }
  void single(std::string_view name, std::string_view help, std::string_view type, const std::string& number) {
    family(name, help, type);
    value("", number);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
  std::string_view name_;
};

std::string or_nothing(std::optional<std::uint64_t> value) { return value ? std::to_string(*value) : "NaN"; }

void add_process(Text& text, Instant started, const program::ProcessUsage& process) {
  text.single("process_start_time_seconds", "When the process started, since 1970.", "gauge",
              std::to_string(static_cast<double>(started.ms) / 1000.0));
  text.single("process_cpu_seconds_total", "Time on processors.", "counter", std::to_string(process.cpu_seconds));
  text.single("process_resident_memory_bytes", "Memory in use.", "gauge", or_nothing(process.resident_bytes));
  text.single("process_virtual_memory_bytes", "Memory that is mapped.", "gauge", or_nothing(process.virtual_bytes));
  text.single("process_open_fds", "Open descriptors.", "gauge", or_nothing(process.open_files));
  text.single("process_max_fds", "How many there may be.", "gauge", std::to_string(process.max_files));
}

}  // namespace

std::string metrics_text(const Status& status, const program::ProcessUsage& process) {
  Text text;
  text.family("aipg_proxy_build_info", "1, with the program's version.", "gauge");
  text.value("{version=\"" + status.version + "\"}", "1");
  text.family("aipg_proxy_requests_total", "Requests for answers, by how they ended.", "counter");
  text.value("{outcome=\"answered\"}", std::to_string(status.answered));
  text.value("{outcome=\"refused\"}", std::to_string(status.refused));
  text.value("{outcome=\"cut\"}", std::to_string(status.cut));
  text.value("{outcome=\"left\"}", std::to_string(status.left));
  text.single("aipg_proxy_requests_running", "Requests that have not ended.", "gauge", std::to_string(status.running));
  text.single("aipg_proxy_workers_verified", "Workers whose verdict may be used now.", "gauge",
              std::to_string(status.workers.size()));
  text.single("aipg_proxy_models_kept", "Models for which workers are kept verified.", "gauge",
              std::to_string(status.kept_ready.size()));
  add_process(text, status.settings.started, process);
  return text.take();
}

}  // namespace aipg::proxy
