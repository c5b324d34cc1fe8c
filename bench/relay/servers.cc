// SPDX-License-Identifier: Apache-2.0
#include "servers.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "script.h"

namespace aipg::bench::relay {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kPatience{90};

std::string beside_us(const char* program) {
  return fs::read_symlink("/proc/self/exe").parent_path().parent_path() / "bin" / program;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

std::uint16_t free_port() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at = loopback(0);
  socklen_t size = sizeof(at);
  auto* const address = reinterpret_cast<sockaddr*>(&at);
  if (bind(fd, address, size) != 0 || getsockname(fd, address, &size) != 0) std::abort();
  close(fd);
  return ntohs(at.sin_port);
}

bool takes_connections(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in to = loopback(port);
  const bool good = connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) == 0;
  close(fd);
  return good;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out) std::abort();
}

[[noreturn]] void explain(const std::string& name, const std::string& log) {
  std::ifstream said(log);
  fmt::print(stderr, "bench: {} did not start\n{}", name, std::string(std::istreambuf_iterator<char>(said), {}));
  std::exit(1);
}

std::string fresh_folder(const std::string& parent, const char* name) {
  std::string out = parent + "/" + name;
  for (int i = 2; fs::exists(out); ++i) out = fmt::format("{}/{}-{}", parent, name, i);
  fs::create_directory(out);
  return out;
}

double scheduled_seconds(const fs::path& schedstat) {
  std::ifstream in(schedstat);
  double nanoseconds = 0;
  in >> nanoseconds;
  return nanoseconds / 1e9;
}

}  // namespace

void stay_on(int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof(set), &set) != 0) std::perror("bench: sched_setaffinity");
}

TlsPair make_certificate(const std::string& folder) {
  const TlsPair out{folder + "/certificate.pem", folder + "/key.pem"};
  const auto made = client::run_and_capture({"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                             "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=bench", "-days",
                                             "2", "-out", out.certificate, "-keyout", out.private_key});
  if (!made || made->status != 0) std::abort();
  return out;
}

Server Server::start(std::string name, std::uint16_t port, std::vector<std::string> argv, const std::string& log) {
  argv.insert(argv.begin(), {"/usr/bin/taskset", "-c", std::to_string(kServerCore)});
  const TimePoint began = now();
  auto process = client::ChildProcess::start(argv, log);
  if (!process) explain(name, log);
  while (!takes_connections(port)) {
    if (process->ended() || now() - began > kPatience) explain(name, log);
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  Server out(std::move(name), port, *std::move(process));
  out.started_in_ = std::chrono::duration<double>(now() - began).count();
  return out;
}

Server Server::gateway(const std::string& parent, const std::optional<TlsPair>& tls) {
  const std::string folder = fresh_folder(parent, "gateway"), program = beside_us("aipg-gateway");
  std::vector<std::string> keys;
  for (const char* name : {"one", "other"}) {
    const auto key = client::run_and_capture({program, "keys", "create", "--state", folder, "--name", name});
    if (!key || key->status != 0) explain("aipg-gateway keys", folder);
    keys.push_back(key->text.substr(0, key->text.find('\n')));
  }
  const std::uint16_t port = free_port();
  std::vector<std::string> argv{program,   "serve", "--listen",    fmt::format("127.0.0.1:{}", port),
                                "--state", folder,  "--log-level", "warn"};
  for (const char* limit : {"requests", "bytes", "jobs"}) argv.push_back(fmt::format("--limit-key-{}=0", limit));
  if (tls) argv.insert(argv.end(), {"--tls-certificate", tls->certificate, "--tls-private-key", tls->private_key});
  Server out = start("aipg-gateway", port, argv, folder + "/log");
  out.api_keys_ = std::move(keys);
  return out;
}

// Connections are kept on both sides, nothing is buffered, nothing logged.
Server Server::nginx(const std::string& program, const std::string& parent, std::uint16_t upstream,
                     const std::optional<TlsPair>& tls) {
  const std::string folder = fresh_folder(parent, "nginx");
  const std::uint16_t port = free_port();
  std::string temporary;
  for (const char* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    temporary += fmt::format("  {}_temp_path {}/{};\n", name, folder, name);
  }
  const std::string secure =
      tls ? fmt::format("    ssl_certificate {};\n    ssl_certificate_key {};\n", tls->certificate, tls->private_key)
          : std::string();
  write_file(
      folder + "/nginx.conf",
      fmt::format("daemon off;\nmaster_process off;\nworker_processes 1;\n"
                  "pid {0}/pid;\nerror_log {0}/error.log;\nevents {{ worker_connections 65536; }}\n"
                  "http {{\n  access_log off;\n{1}  keepalive_requests 1000000000;\n  keepalive_timeout 600s;\n"
                  "  upstream engine {{ server 127.0.0.1:{2}; keepalive 1024; keepalive_requests 1000000000; }}\n"
                  "  server {{\n    listen 127.0.0.1:{3} backlog=4096{4};\n{5}    location / {{\n"
                  "      proxy_pass http://engine;\n      proxy_http_version 1.1;\n"
                  "      proxy_set_header Connection \"\";\n      proxy_buffering off;\n"
                  "      proxy_request_buffering off;\n      proxy_read_timeout 600s;\n"
                  "      client_max_body_size 64m;\n    }}\n  }}\n}}\n",
                  folder, temporary, upstream, port, tls ? " ssl" : "", secure));
  const std::string log = folder + "/log";
  return start("nginx", port, {program, "-p", folder, "-e", log, "-c", folder + "/nginx.conf"}, log);
}

Server Server::haproxy(const std::string& program, const std::string& parent, std::uint16_t upstream,
                       const std::optional<TlsPair>& tls) {
  const std::string folder = fresh_folder(parent, "haproxy");
  const std::uint16_t port = free_port();
  std::string secure;
  if (tls) {
    std::ofstream both(folder + "/both.pem");
    for (const std::string& part : {tls->certificate, tls->private_key}) both << std::ifstream(part).rdbuf();
    secure = fmt::format(" ssl crt {}/both.pem", folder);
  }
  write_file(
      folder + "/haproxy.cfg",
      fmt::format("global\n  nbthread 1\n  maxconn 9000\n"
                  "defaults\n  mode http\n  option http-keep-alive\n  option http-no-delay\n  http-reuse always\n"
                  "  timeout connect 5s\n  timeout client 600s\n  timeout server 600s\n"
                  "frontend clients\n  bind 127.0.0.1:{} backlog 4096{}\n  default_backend engine\n"
                  "backend engine\n  server engine 127.0.0.1:{} pool-max-conn 4096\n",
                  port, secure, upstream));
  // Its own shared libraries lie beside it.
  std::string libraries;
  for (const auto& each : fs::directory_iterator(fs::path(program).parent_path().parent_path() / "lib")) {
    libraries += (libraries.empty() ? "" : ":") + each.path().string();
  }
  return start("HAProxy", port,
               {"/usr/bin/env", "LD_LIBRARY_PATH=" + libraries, program, "-db", "-f", folder + "/haproxy.cfg"},
               folder + "/log");
}

Server Server::litellm(const std::string& program, const std::string& parent, std::uint16_t upstream) {
  const std::string folder = fresh_folder(parent, "litellm");
  const std::uint16_t port = free_port();
  write_file(folder + "/config.yaml",
             fmt::format("model_list:\n  - model_name: {0}\n    litellm_params:\n      model: openai/{0}\n"
                         "      api_base: http://127.0.0.1:{1}/v1\n      api_key: none\n"
                         "litellm_settings:\n  telemetry: false\n  num_retries: 0\n",
                         kModel, upstream));
  write_file(folder + "/log.json",
             R"({"version":1,"disable_existing_loggers":false,"loggers":{"uvicorn.access":{"level":"ERROR"}}})");
  return start(
      "LiteLLM", port,
      {"/usr/bin/env", "LITELLM_LOG=ERROR", program, "--config", folder + "/config.yaml", "--host", "127.0.0.1",
       "--port", std::to_string(port), "--num_workers", "1", "--log_config", folder + "/log.json"},
      folder + "/log");
}

// Where it passes what on is said by each request.
Server Server::portkey(const std::string& script, const std::string& parent) {
  const std::uint16_t port = free_port();
  return start("Portkey", port,
               {"/usr/bin/env", "NODE_ENV=production", "node", script, fmt::format("--port={}", port), "--headless"},
               fresh_folder(parent, "portkey") + "/log");
}

Server::Cpu Server::cpu() const {
  Cpu out;
  for (const auto& thread : fs::directory_iterator(fmt::format("/proc/{}/task", pid()))) {
    const double seconds = scheduled_seconds(thread.path() / "schedstat");
    out.all += seconds;
    if (thread.path().filename() == std::to_string(pid())) out.first_thread = seconds;
  }
  return out;
}

double Server::resident_kib() const {
  std::ifstream status(fmt::format("/proc/{}/status", pid()));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) return std::stod(line.substr(6));
  }
  return 0;
}

std::size_t Server::descriptors() const {
  const fs::directory_iterator all(fmt::format("/proc/{}/fd", pid()));
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

}  // namespace aipg::bench::relay
