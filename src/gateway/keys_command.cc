// SPDX-License-Identifier: Apache-2.0
#include "gateway/keys_command.h"

#include <fmt/core.h>

#include <filesystem>

#include "crypto/random.h"
#include "gateway/config.h"
#include "program/command.h"
#include "program/options.h"
#include "store/job_store.h"

namespace aipg::gateway {
namespace {

using program::ExitCode;

struct KeysConfig {
  std::string state = "aipg-gateway";
  std::string name = "default";
  std::optional<std::string> id;
};

void declare_state(program::Options& options, KeysConfig& config) {
  options.text("state", &config.state, "folder of API keys and job records")
      .env("AIPG_GATEWAY_STATE")
      .placeholder("DIR");
}

// Opens the store and runs `work` on it; says what failed.
template <typename Work>
ExitCode with_store(const KeysConfig& config, Work work) {
  std::error_code ignored;
  std::filesystem::create_directories(config.state, ignored);
  crypto::SystemRng rng;
  auto store = store::open_sqlite_store(database_path(config.state), rng);
  if (!store) {
    fmt::print(stderr, "cannot open {}: is the folder there, and yours?\n({})\n", database_path(config.state),
               store.error().code.view());
    return ExitCode::cannot_read;
  }
  const Result<void> done = work(**store);
  if (done) return ExitCode::done;
  if (done.error().code == Literal("store_not_found")) {
    fmt::print(stderr, "no active key has this id; `aipg-gateway keys list` shows them\n({})\n",
               done.error().code.view());
  } else {
    fmt::print(stderr, "the key store failed; nothing was changed\n({})\n", done.error().code.view());
  }
  return ExitCode::refused;
}

ExitCode create(const std::vector<std::string>& args) {
  KeysConfig config;
  program::Options options("aipg-gateway keys create", "Makes an API key and prints it once; only its hash is kept.");
  options.example("aipg-gateway keys create --name alice", "a key for alice");
  declare_state(options, config);
  options.text("name", &config.name, "who it is for, shown in lists");
  if (auto end = options.parse(args, program::process_environment())) return *end;
  return with_store(config, [&](store::JobStore& store) -> Result<void> {
    AIPG_TRY(const std::string key, store.create_key(config.name, SystemClock().now()));
    fmt::print("{}\n", key);
    return {};
  });
}

ExitCode list(const std::vector<std::string>& args) {
  KeysConfig config;
  program::Options options("aipg-gateway keys list", "Lists API keys: id, name, when made, when revoked.");
  options.example("aipg-gateway keys list --state /var/lib/aipg-gateway", "keys of that gateway");
  declare_state(options, config);
  if (auto end = options.parse(args, program::process_environment())) return *end;
  return with_store(config, [&](store::JobStore& store) -> Result<void> {
    AIPG_TRY(const std::vector<store::ApiKey> keys, store.list_keys());
    for (const store::ApiKey& key : keys) {
      fmt::print("{:<14} {:<20} made {}  {}\n", key.id, key.name, to_text(key.created),
                 key.revoked ? "revoked " + to_text(*key.revoked) : "active");
    }
    return {};
  });
}

ExitCode revoke(const std::vector<std::string>& args) {
  KeysConfig config;
  program::Options options("aipg-gateway keys revoke",
                           "Revokes an API key for good; a running gateway notices within a second.");
  options.example("aipg-gateway keys revoke k3x9…", "the id is the first column of `keys list`");
  declare_state(options, config);
  options.positional("ID", &config.id, "the key's id");
  if (auto end = options.parse(args, program::process_environment())) return *end;
  if (!config.id) {
    fmt::print(stderr, "which key? give its id, the first column of `aipg-gateway keys list`\n");
    return ExitCode::usage;
  }
  return with_store(config, [&](store::JobStore& store) { return store.revoke_key(*config.id, SystemClock().now()); });
}

}  // namespace

ExitCode keys_command(const std::vector<std::string>& args) {
  return program::run_command("aipg-gateway keys", "Makes, lists and revokes API keys.",
                              {{"aipg-gateway keys create --name alice", "print a new key"}},
                              {{"create", "make a key and print it once", create},
                               {"list", "list keys", list},
                               {"revoke", "revoke a key", revoke}},
                              args);
}

}  // namespace aipg::gateway
