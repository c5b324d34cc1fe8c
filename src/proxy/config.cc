// SPDX-License-Identifier: Apache-2.0
#include "proxy/config.h"

#include "base/text.h"
#include "program/whole_file.h"

namespace aipg::proxy {
namespace {

using program::Complaint;

constexpr std::size_t kMaxTokenBytes = 4096;
// 16 characters out of 64 are 96 bits; a word is none.
constexpr std::size_t kLeastTokenBytes = 16;

std::expected<SecretBytes, Complaint> read_token(const Config& config) {
  if (config.token_file.empty()) return SecretBytes(as_bytes(config.token));
  const auto file = program::read_private(config.token_file, kMaxTokenBytes);
  if (file) return SecretBytes(as_bytes(trimmed(file->reveal_text())));
  const bool open = file.error().code == Literal("file_open_to_others");
  return std::unexpected(Complaint{file.error().code, "cannot use the token in " + config.token_file,
                                   open ? "others may read it: chmod 600 it, and choose another token"
                                        : "--token-file names a file with the token and nothing else",
                                   program::ExitCode::cannot_read});
}

std::optional<Complaint> check_token(const Config& config, ByteView token, bool remote) {
  const bool asked_for = !config.token_file.empty() || !config.token.empty();
  if (remote && !asked_for) {
    return Complaint{"token_missing", "who can reach this machine could use the proxy, and its key with it",
                     "give --token-file FILE with a token that clients present as their API key"};
  }
  if (asked_for && token.size() < kLeastTokenBytes) {
    return Complaint{"token_weak", "the token has fewer than 16 characters, so that it could be guessed",
                     "make one: head -c 24 /dev/urandom | base64"};
  }
  return std::nullopt;
}

std::expected<net::Address, Complaint> read_address(const Config& config, const std::string& text) {
  auto address = net::parse_listen(text);
  if (!address) {
    return std::unexpected(Complaint{address.error().code, "listen is \"" + text + "\", which is no address",
                                     "write host:port, [v6]:port or unix:/path"});
  }
  if (address->is_loopback() || config.allow_remote) return *std::move(address);
  return std::unexpected(Complaint{"listen_not_loopback", text + " can be reached from other machines",
                                   "listen on 127.0.0.1, or say --allow-remote and give a token; what goes between "
                                   "clients and the proxy is not encrypted"});
}

}  // namespace

void declare_options(program::Options& options, Config& config) {
  options.group("Listening");
  options.text_list("listen", &config.listen, "where clients connect: host:port, [v6]:port or unix:/path")
      .env("AIPG_PROXY_LISTEN")
      .placeholder("ADDRESS");
  options.text("token_file", &config.token_file, "clients must present what is in it as their API key")
      .env("AIPG_PROXY_TOKEN_FILE")
      .placeholder("FILE");
  options.text("token", &config.token, "the same, given here").env("AIPG_PROXY_TOKEN").secret();
  options.flag("allow_remote", &config.allow_remote, "take addresses that other machines can reach; needs a token");
  options.text_list("host", &config.hosts, "a name that clients may know the proxy by, besides localhost")
      .placeholder("NAME");
  client::declare_connection(options, config.connection);
  options.group("Requests");
  options.text_list("model", &config.models, "keep workers for this model verified from the start").placeholder("NAME");
  options.number("recipients", &config.recipients, "seal to so many workers of different operators, 1 to 3", 3);
  options.text("padding", &config.padding, "what sizes and times tell: p1 hides more, p0 is faster")
      .choices({"p1", "p0"});
  options
      .text("prefix_cache", &config.prefix_cache,
            "what engines remember of a prompt's beginning: per-key is for clients that present the same key, off for "
            "none")
      .choices({"per-key", "off"});
  options
      .text("keep_attestations", &config.keep_attestations,
            "add the proof of every answer to this folder, and nothing of its content; `aipg log` reads it")
      .env("AIPG_KEEP_ATTESTATIONS")
      .placeholder("DIR");
  options.group("Running");
  options.duration("grace", &config.grace, "how long answers under way may take after SIGTERM");
  options.text("log.level", &config.log_level, "least level that is logged")
      .env("AIPG_PROXY_LOG_LEVEL")
      .choices({"debug", "info", "warn", "error"});
  options.rule([&config]() -> std::optional<Complaint> {
    const auto checked = check_config(config);
    return checked ? std::nullopt : std::optional(checked.error());
  });
}

std::expected<CheckedConfig, Complaint> check_config(const Config& config) {
  CheckedConfig out;
  bool remote = false;
  for (const std::string& text : config.listen) {
    AIPG_TRY(out.listen.emplace_back(), read_address(config, text));
    remote = remote || !out.listen.back().is_loopback();
  }
  AIPG_TRY(out.door.token, read_token(config));
  if (auto wrong = check_token(config, out.door.token.reveal(), remote)) return std::unexpected(*std::move(wrong));
  out.door.hosts = config.hosts;
  out.door.addresses = remote;
  out.padding = seal::parse_padding(config.padding).value_or(seal::Padding::p1);
  out.log_level = program::parse_log_level(config.log_level).value_or(program::LogLevel::info);
  return out;
}

}  // namespace aipg::proxy
