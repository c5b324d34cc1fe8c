// SPDX-License-Identifier: Apache-2.0
#include "gateway/config.h"

namespace aipg::gateway {
namespace {

// What is wrong with settings that are well-formed one by one, and what to do.
std::optional<program::Complaint> broken_rule(const Config& config) {
  const Result<CheckedConfig> checked = check_config(config);
  if (checked) return std::nullopt;
  const Literal code = checked.error().code;
  if (code == Literal("plain_not_loopback")) {
    return program::Complaint{code, config.listen + " is not loopback, and plain HTTP is for loopback only",
                              "give --tls-certificate and --tls-private-key, or listen on 127.0.0.1"};
  }
  if (code == Literal("tls_incomplete")) {
    return program::Complaint{code, "TLS needs both a certificate and its private key",
                              "give --tls-certificate and --tls-private-key together"};
  }
  if (code == Literal("worker_token_empty")) {
    return program::Complaint{
        code, "the workers' token is empty, so that anybody would have it",
        "give workers.token a value that is hard to guess, or leave it out to let every worker in"};
  }
  return program::Complaint{code, "listen is \"" + config.listen + "\", which is no address",
                            "write host:port, [v6]:port or unix:/path"};
}

}  // namespace

std::string database_path(const std::string& state) { return state + "/gateway.sqlite"; }

void declare_options(program::Options& options, Config& config) {
  options.group("Network");
  options.text("listen", &config.listen, "where clients and workers connect: host:port, [v6]:port or unix:/path")
      .env("AIPG_GATEWAY_LISTEN")
      .placeholder("ADDRESS");
  options.optional_text("tls.certificate", &config.tls_certificate, "certificate chain, PEM; needed off loopback")
      .env("AIPG_GATEWAY_TLS_CERTIFICATE")
      .placeholder("FILE");
  options.optional_text("tls.private_key", &config.tls_private_key, "private key of the certificate, PEM")
      .env("AIPG_GATEWAY_TLS_PRIVATE_KEY")
      .placeholder("FILE");
  options.optional_text("workers.token", &config.worker_token, "token that workers must present on their link")
      .env("AIPG_GATEWAY_WORKER_TOKEN")
      .secret();
  options.duration("workers.register_within", &config.register_within,
                   "how long a worker may take to register on its link, and then to bring its evidence");
  options.duration("challenge.timeout", &config.challenge_timeout, "how long a verifier waits for fresh evidence");
  options.number("challenge.waiting", &config.challenge_waiting, "how many nonces may wait for a quote at once", 65'536)
      .placeholder("N");
  options.duration("upload.stall", &config.upload_stall,
                   "how long a worker may take nothing of a request before it counts as lost");
  options.number("threads", &config.threads, "how many threads relay; 0 is one for each core", 256).placeholder("N");
  options.group("Limits (0: none)");
  options.number("queue.length", &config.queue_length, "requests that may wait for a place at one worker", 65'536)
      .placeholder("N");
  options.duration("queue.wait", &config.queue_wait, "how long they wait, before they are told worker_busy");
  options.number("limit.key.requests", &config.limit_key.requests, "requests of an API key in a minute")
      .placeholder("N");
  options.bytes("limit.key.bytes", &config.limit_key.bytes, "bytes of its requests in a minute").placeholder("SIZE");
  options.number("limit.key.jobs", &config.limit_key.jobs, "requests of an API key at once").placeholder("N");
  options
      .number("limit.key.challenges", &config.limit_key.challenges,
              "keysets that an API key asks for fresh evidence of in a minute")
      .placeholder("N");
  options
      .number("limit.address.requests", &config.limit_address.requests,
              "requests of an address in a minute; of this machine's own there is no limit")
      .placeholder("N");
  options.bytes("limit.address.bytes", &config.limit_address.bytes, "bytes of its sealed requests in a minute")
      .placeholder("SIZE");
  options
      .number("limit.address.connections", &config.limit_address_connections,
              "connections of an address; more are closed without a word")
      .placeholder("N");
  options.number("limit.address.jobs", &config.limit_address.jobs, "sealed requests of an address at once")
      .placeholder("N");
  options
      .number("limit.address.challenges", &config.limit_address.challenges,
              "keysets that an address asks for fresh evidence of in a minute")
      .placeholder("N");
  options
      .number("limit.bad_seals", &config.limit_bad_seals,
              "requests of a key or an address in a minute that one worker may find it cannot open")
      .placeholder("N");
  options.group("State and logs");
  options.text("state", &config.state, "folder of API keys and job records")
      .env("AIPG_GATEWAY_STATE")
      .placeholder("DIR");
  options.text("log.level", &config.log_level, "least level that is logged")
      .env("AIPG_GATEWAY_LOG_LEVEL")
      .choices({"debug", "info", "warn", "error"});
  options.duration("drain.grace", &config.drain_grace, "how long running jobs may take after SIGTERM");
  options.rule([&config] { return broken_rule(config); });
}

Result<CheckedConfig> check_config(const Config& config) {
  CheckedConfig checked;
  AIPG_TRY(checked.listen, net::parse_listen(config.listen));
  AIPG_TRY(checked.log_level, program::parse_log_level(config.log_level));
  if (config.worker_token && config.worker_token->empty()) return fail("worker_token_empty", "workers.token");
  if (config.tls_certificate.has_value() != config.tls_private_key.has_value()) return fail("tls_incomplete", "tls");
  if (config.tls_certificate) checked.tls = net::TlsFiles{*config.tls_certificate, *config.tls_private_key};
  const bool local = checked.listen.kind == net::Address::Kind::unix_socket || checked.listen.is_loopback();
  if (!checked.tls && !local) return fail("plain_not_loopback", "listen");
  return checked;
}

}  // namespace aipg::gateway
