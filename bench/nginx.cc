// SPDX-License-Identifier: Apache-2.0
#include "nginx.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "local_network.h"

namespace aipg::bench {
namespace {

constexpr milliseconds kLook{20};

// Connections to the engine are kept, as the proxy keeps those to the gateway.
std::string configuration(const std::string& folder, const std::string& port, const std::string& socket) {
  std::string temporary;
  for (const char* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    temporary += fmt::format("  {}_temp_path {}/{};\n", name, folder, name);
  }
  return fmt::format(
      "daemon off;\nmaster_process off;\nworker_processes 1;\nworker_rlimit_nofile 4096;\n"
      "pid {0}/pid;\nerror_log {0}/error.log;\nevents {{ worker_connections 4096; }}\n"
      "http {{\n  access_log off;\n{1}"
      "  upstream engine {{ server 127.0.0.1:{2}; keepalive 16; }}\n"
      "  server {{\n    listen unix:{3};\n    location / {{\n      proxy_pass http://engine;\n"
      "      proxy_http_version 1.1;\n      proxy_set_header Connection \"\";\n      proxy_buffering off;\n"
      "    }}\n  }}\n}}\n",
      folder, temporary, port, socket);
}

// The first line of what a program said; empty when it ended before.
net::Task<std::string> first_line(net::Runtime& runtime, std::string log, client::ChildProcess& program) {
  while (true) {
    std::ifstream said(log);
    std::string line;
    if (std::getline(said, line) && !said.eof()) co_return line;
    if (program.ended()) co_return std::string();
    co_await runtime.sleep(kLook);
  }
}

}  // namespace

net::Task<std::optional<Nginx>> Nginx::start(net::Runtime& runtime, std::string program, std::string folder) {
  folder += "/nginx";
  std::filesystem::create_directory(folder);
  const std::string engine_log = folder + "/engine.log";
  auto engine = client::ChildProcess::start({"/proc/self/exe", "--scripted-engine", "127.0.0.1:0"}, engine_log);
  if (!engine) co_return std::nullopt;
  const std::string port = co_await first_line(runtime, engine_log, *engine);
  if (port.empty()) co_return std::nullopt;
  net::Address address{.kind = net::Address::Kind::unix_socket, .host = {}, .path = folder + "/nginx.sock"};
  const std::string settings = folder + "/nginx.conf", log = folder + "/nginx.log";
  std::ofstream(settings) << configuration(folder, port, address.path);
  auto process = client::ChildProcess::start({program, "-p", folder, "-e", log, "-c", settings}, log);
  if (!process || !co_await appears(runtime, address.path, *process)) {
    std::ifstream said(log);
    fmt::print(stderr, "{}", std::string(std::istreambuf_iterator<char>(said), {}));
    co_return std::nullopt;
  }
  co_return Nginx(*std::move(engine), *std::move(process), std::move(address));
}

}  // namespace aipg::bench
