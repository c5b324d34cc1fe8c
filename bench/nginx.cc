// SPDX-License-Identifier: Apache-2.0
#include "nginx.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "local_network.h"

namespace aipg::bench {
namespace {

// Connections to the engine are kept, as the proxy keeps those to the gateway.
std::string configuration(const std::string& folder, const std::string& engine, const std::string& socket) {
  std::string temporary;
  for (const char* name : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    temporary += fmt::format("  {}_temp_path {}/{};\n", name, folder, name);
  }
  return fmt::format(
      "daemon off;\nmaster_process off;\nworker_processes 1;\nworker_rlimit_nofile 4096;\n"
      "pid {0}/pid;\nerror_log {0}/error.log;\nevents {{ worker_connections 4096; }}\n"
      "http {{\n  access_log off;\n{1}"
      "  upstream engine {{ server {2}; keepalive 16; }}\n"
      "  server {{\n    listen unix:{3};\n    location / {{\n      proxy_pass http://engine;\n"
      "      proxy_http_version 1.1;\n      proxy_set_header Connection \"\";\n      proxy_buffering off;\n"
      "    }}\n  }}\n}}\n",
      folder, temporary, engine, socket);
}

}  // namespace

net::Task<std::optional<Nginx>> Nginx::start(net::Runtime& runtime, std::string program, std::string folder) {
  folder += "/nginx";
  std::filesystem::create_directory(folder);
  auto engine = co_await TcpEngine::start(runtime, folder + "/engine.log");
  if (!engine) co_return std::nullopt;
  net::Address address{.kind = net::Address::Kind::unix_socket, .host = {}, .path = folder + "/nginx.sock"};
  const std::string settings = folder + "/nginx.conf", log = folder + "/nginx.log";
  std::ofstream(settings) << configuration(folder, engine->address().authority(), address.path);
  auto process = client::ChildProcess::start({program, "-p", folder, "-e", log, "-c", settings}, log);
  if (!process || !co_await appears(runtime, address.path, *process)) {
    std::ifstream said(log);
    fmt::print(stderr, "{}", std::string(std::istreambuf_iterator<char>(said), {}));
    co_return std::nullopt;
  }
  co_return Nginx(*std::move(engine), *std::move(process), std::move(address));
}

}  // namespace aipg::bench
