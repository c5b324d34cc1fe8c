// SPDX-License-Identifier: Apache-2.0
#include "client/core/session_state.h"

namespace aipg::client {
namespace {

using attest::Severity;
using crypto::hpke::Suite;

// Draws that bring nobody new end much sooner; this bounds what a gateway with a long list can cost.
constexpr int kMaxDraws = 6;
constexpr std::uint16_t kXWing = 0x0002;
// A directory is reissued at most once a second.
constexpr milliseconds kNextDirectory{1100};

void reject(Literal code, Candidate& candidate, std::string subject, std::string detail) {
  attest::Verdict& verdict = candidate.appraisal.verdict;
  verdict.add(code, Severity::failed, std::move(subject), std::move(detail));
  verdict.accepted = false;
  verdict.level.reset();
  candidate.appraisal.worker.reset();
}

Candidate without_evidence(api::DirectoryEntry entry, const attest::Policy& policy, Instant at) {
  Candidate out{std::move(entry), {}, {}, {}};
  out.appraisal.verdict.simulated = attest::is_simulated(policy.roots);
  out.appraisal.verdict.at = at;
  out.appraisal.verdict.identity.worker_id = out.entry.worker_id;
  return out;
}

// The name that people, logs and the draw among operators know it by is the one it was attested under.
void check_name(Candidate& candidate) {
  const auto& worker = candidate.appraisal.worker;
  if (!worker || worker->keyset().worker_id == candidate.entry.worker_id) return;
  reject("directory_worker", candidate, "keyset", "the directory calls this worker by another name than its own");
}

bool has_suite(const Candidate& accepted, Suite suite) {
  return accepted.appraisal.worker->keyset().find_suite(static_cast<std::uint16_t>(suite)) != nullptr;
}

// As it is, or a copy that says why it is none for this, whatever the directory said.
SharedCandidate check_wanted(SharedCandidate candidate, const Wanted& wanted) {
  const auto& worker = candidate->appraisal.worker;
  if (!worker) return candidate;
  const bool offered = wanted.model.empty() || manifest_offers(worker->manifest(), wanted);
  if (offered && !(wanted.require_pq && !has_suite(*candidate, Suite::xwing))) return candidate;
  Candidate out = *candidate;
  if (offered) {
    reject("directory_suite", out, "keyset", "the directory says that it has a post-quantum key, and it has none");
  } else {
    reject("directory_model", out, "manifest", "what was measured does not offer this model on this path");
  }
  return std::make_shared<const Candidate>(std::move(out));
}

// Says the directory.
bool is_post_quantum(const api::DirectoryEntry& entry) {
  return std::ranges::find(entry.suites, kXWing) != entry.suites.end();
}

std::string model_names(const api::Directory& directory) {
  std::vector<std::string> names;
  for (const api::DirectoryEntry& entry : directory.entries) {
    for (const api::OfferedModel& model : entry.models) names.push_back(model.name);
  }
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// Of those that this client knows: a directory's words are nobody's.
std::string paths_of(const std::string& model, const api::Directory& directory) {
  std::string out;
  for (const std::string_view path : seal::sealable_paths()) {
    const Wanted there{.model = model, .path = std::string(path)};
    const bool offered =
        std::ranges::any_of(directory.entries, [&](const auto& entry) { return offers(entry, there); });
    if (offered) out += (out.empty() ? "" : ", ") + std::string(path);
  }
  return out;
}

// Nobody offers the model at all, or not on this path.
Failure not_offered(const api::Directory& directory, const Wanted& wanted) {
  Failure out;
  out.kind = Failure::Kind::no_candidate;
  out.api = directory.entries.empty() ? api::ErrorCode::no_confidential_worker : api::ErrorCode::model_not_found;
  out.reason = model_names(directory);
  const auto offers_it = [&](const api::DirectoryEntry& entry) { return offers(entry, wanted); };
  if (std::ranges::none_of(directory.entries, offers_it)) out.other_paths = paths_of(wanted.model, directory);
  return out;
}

// Listed, but not there any more: a worker that came back has new keys in the next directory.
bool were_all_gone(const std::vector<SharedCandidate>& tried) {
  return !tried.empty() && std::ranges::all_of(tried, [](const SharedCandidate& each) { return is_gone(*each); });
}

// Those that were not tried yet, and are not of a worker that is accepted already.
Entries untried(const Entries& entries, const std::vector<SharedCandidate>& tried) {
  Entries out = entries;
  std::erase_if(out, [&](const api::DirectoryEntry* entry) {
    return std::ranges::any_of(tried, [&](const SharedCandidate& candidate) {
      const api::DirectoryEntry& other = candidate->entry;
      if (entry->keyset_id == other.keyset_id) return true;
      const bool same_stake = !entry->stake_id.empty() && entry->stake_id == other.stake_id;
      return candidate->appraisal.worker && (entry->worker_id == other.worker_id || same_stake);
    });
  });
  return out;
}

std::size_t accepted(const std::vector<SharedCandidate>& candidates) {
  return static_cast<std::size_t>(std::ranges::count_if(
      candidates, [](const SharedCandidate& candidate) { return candidate->appraisal.worker.has_value(); }));
}

}  // namespace

bool is_gone(const Candidate& candidate) {
  const attest::Finding* finding = candidate.appraisal.verdict.first_failed();
  return finding != nullptr && finding->code == Literal("challenge_unanswered");
}

bool offers(const api::DirectoryEntry& entry, const Wanted& wanted) {
  return std::ranges::any_of(entry.models, [&](const api::OfferedModel& model) {
    return model.name == wanted.model && std::ranges::find(model.paths, wanted.path) != model.paths.end();
  });
}

bool manifest_offers(const attest::Manifest& manifest, const Wanted& wanted) {
  return std::ranges::any_of(manifest.models, [&](const attest::ManifestModel& model) {
    const bool path = wanted.path.empty() || std::ranges::find(model.paths, wanted.path) != model.paths.end();
    return model.name == wanted.model && path;
  });
}

Entries known_entries(const Entries& entries, const std::vector<SharedCandidate>& known) {
  Entries out;
  const auto id = [](const api::DirectoryEntry* entry) -> const Hash256& { return entry->keyset_id; };
  for (const SharedCandidate& candidate : known) {
    const Hash256& wanted = candidate->entry.keyset_id;
    const auto found = std::ranges::lower_bound(entries, wanted, {}, id);
    if (found != entries.end() && id(*found) == wanted) out.push_back(*found);
  }
  return out;
}

Entries usable_entries(const Entries& entries, const std::vector<SharedCandidate>& known, const Wanted& wanted) {
  Entries out = known_entries(entries, known);
  const auto fit = std::ranges::count_if(out, [&](const auto* entry) {
    return offers(*entry, wanted) && (!wanted.require_pq || is_post_quantum(*entry));
  });
  if (static_cast<std::size_t>(fit) >= wanted.count) return out;
  for (const SharedCandidate& candidate : known) {
    const auto is_its = [&](const api::DirectoryEntry* entry) {
      return entry->worker_id == candidate->entry.worker_id;
    };
    const bool newest = std::ranges::none_of(known, [&](const SharedCandidate& other) {
      return is_its(&other->entry) && other->appraisal.verdict.at > candidate->appraisal.verdict.at;
    });
    if (newest && std::ranges::none_of(out, is_its) && std::ranges::any_of(entries, is_its)) {
      out.push_back(&candidate->entry);
    }
  }
  std::ranges::sort(out, {}, [](const api::DirectoryEntry* entry) -> const Hash256& { return entry->keyset_id; });
  return out;
}

Candidate judge(api::DirectoryEntry entry, Bytes bundle, const attest::Freshness& freshness,
                const SessionOptions& options, SharedCache& cache, Instant at) {
  attest::Appraisal appraisal = cache.use([&](attest::VerifierCache* known) {
    const attest::AppraisalInputs inputs{freshness, options.collateral, options.reference.get(), known};
    return attest::appraise(bundle, options.policy, inputs, at);
  });
  Candidate out{std::move(entry), std::move(appraisal), std::move(bundle), freshness};
  const auto& worker = out.appraisal.worker;
  if (worker && worker->keyset().id != out.entry.keyset_id) {
    reject("directory_keyset", out, "keyset", "it is another keyset than the one that was asked for");
  }
  check_name(out);
  return out;
}

// Prices may have changed.
SharedCandidate Session::Call::relisted(SharedCandidate known, const api::DirectoryEntry& entry) {
  if (known->entry == entry) return known;
  Candidate now = *known;
  now.entry = entry;
  check_name(now);
  auto out = std::make_shared<const Candidate>(std::move(now));
  if (out->appraisal.worker) shared.memory.replace(known, out);
  return out;
}

net::Task<Outcome<Session::Call::Tried>> Session::Call::verify(Entries entries) {
  Tried out;
  Entries unknown;
  for (const api::DirectoryEntry* entry : entries) {
    if (auto known = shared.memory.candidate(entry->keyset_id, clock.now(), ahead)) {
      candidate_remembered = true;
      out.push_back(relisted(std::move(known), *entry));
    } else {
      unknown.push_back(entry);
    }
  }
  for (std::size_t from = 0; from < unknown.size(); from += api::kMaxChallengedKeysets) {
    const std::size_t to = std::min(unknown.size(), from + api::kMaxChallengedKeysets);
    const Hash256 nonce = shared.rng.array<32>();
    std::vector<Hash256> ids;
    for (std::size_t i = from; i < to; ++i) ids.push_back(unknown[i]->keyset_id);
    auto answer = co_await challenge(nonce, ids);
    if (!answer) co_return std::unexpected(std::move(answer).error());
    for (std::size_t i = from; i < to; ++i) {
      const api::DirectoryEntry& entry = *unknown[i];
      const Instant now = clock.now();
      const auto evidence =
          std::ranges::find(answer->evidence, entry.keyset_id, &api::ChallengeAnswer::Evidence::keyset_id);
      if (evidence == answer->evidence.end()) {
        Candidate gone = without_evidence(entry, options.policy, now);
        reject("challenge_unanswered", gone, "challenge", "no fresh evidence came");
        out.push_back(std::make_shared<const Candidate>(std::move(gone)));
        continue;
      }
      const attest::Freshness freshness{nonce, std::move(evidence->path)};
      out.push_back(std::make_shared<const Candidate>(
          judge(entry, std::move(evidence->bundle), freshness, options, shared.cache, now)));
      if (!out.back()->appraisal.worker) {
        shared.memory.drop(entry.keyset_id);
        shared.memory.drop_old(entry.worker_id, *listed);  // nor does one go on under older evidence
        continue;
      }
      shared.memory.keep(out.back());
      if (shared.told) shared.told(*out.back());
    }
  }
  co_return out;
}

net::Task<Outcome<Session::Call::Tried>> Session::Call::verify_every(Wanted wanted) {
  const auto directory = co_await get_directory();
  if (!directory) co_return std::unexpected(directory.error());
  listed = *directory;
  Entries entries = entries_of(*listed);
  std::erase_if(entries, [&](const api::DirectoryEntry* entry) {
    return !wanted.model.empty() &&
           std::ranges::find(entry->models, wanted.model, &api::OfferedModel::name) == entry->models.end();
  });
  auto out = co_await verify(std::move(entries));
  if (out) {
    for (SharedCandidate& candidate : *out) candidate = check_wanted(std::move(candidate), wanted);
  }
  co_return out;
}

net::Task<Outcome<Session::Call::Tried>> Session::Call::draw_and_verify(Wanted wanted) {
  auto directory = co_await get_directory();
  if (!directory) co_return std::unexpected(std::move(directory).error());
  const SharedDirectory held = *directory;  // what is drawn borrows from it
  listed = held;
  const Entries all = entries_of(*held);
  if (!avoided.empty()) {
    for (const SharedCandidate& each : avoided) shared.memory.drop_old(each->entry.worker_id, *held);
    Entries others = all;
    std::erase_if(others, [&](const auto* entry) { return avoids(*entry); });
    auto drawn = co_await draw_known_first(std::move(others), wanted);
    if (!drawn || accepted(*drawn) > 0) co_return drawn;
    // There are no others: whether these are there still is asked of them.
    for (const SharedCandidate& each : avoided) shared.memory.drop(each->entry.keyset_id);
  }
  co_return co_await draw_known_first(all, std::move(wanted));
}

bool Session::Call::avoids(const api::DirectoryEntry& entry) const {
  return std::ranges::any_of(avoided, [&](const auto& each) { return each->entry.keyset_id == entry.keyset_id; });
}

net::Task<Outcome<Session::Call::Tried>> Session::Call::draw_known_first(Entries entries, Wanted wanted) {
  if (options.known_first && !fill) {
    auto candidates = shared.memory.candidates(clock.now(), ahead);  // what is drawn borrows from them
    std::erase_if(candidates, [&](const SharedCandidate& candidate) { return avoids(candidate->entry); });
    Wanted best = wanted;
    best.require_pq = wanted.require_pq || options.prefer_pq;
    auto known = co_await draw_from(usable_entries(entries, candidates, best), wanted);
    if (!known || accepted(*known) > 0) co_return known;
  }
  co_return co_await draw_from(std::move(entries), std::move(wanted));
}

net::Task<Outcome<Session::Call::Tried>> Session::Call::draw_from(Entries entries, Wanted wanted) {
  Tried out;
  if (options.prefer_pq && !wanted.require_pq) {
    Wanted post_quantum = wanted;
    post_quantum.require_pq = true;
    if (auto drawn = co_await draw_more(entries, post_quantum, out); !drawn) {
      co_return std::unexpected(std::move(drawn).error());
    }
    if (accepted(out) > 0) co_return out;
  }
  if (auto drawn = co_await draw_more(entries, wanted, out); !drawn) {
    co_return std::unexpected(std::move(drawn).error());
  }
  co_return out;
}

net::Task<Outcome<void>> Session::Call::draw_more(const Entries& entries, const Wanted& wanted, Tried& out) {
  for (int draw = 0; draw < kMaxDraws && accepted(out) < wanted.count; ++draw) {
    Wanted more = wanted;
    more.count -= accepted(out);
    const Entries left = untried(entries, out);
    Entries drawn;
    if (options.known_first) {
      const auto known = shared.memory.candidates(clock.now(), ahead);
      drawn = draw_candidates(known_entries(left, known), more, shared.rng);
    }
    if (drawn.empty()) drawn = draw_candidates(left, more, shared.rng);
    if (drawn.empty()) break;
    auto judged = co_await verify(std::move(drawn));
    if (!judged) co_return std::unexpected(std::move(judged).error());
    for (SharedCandidate& candidate : *judged) out.push_back(check_wanted(std::move(candidate), wanted));
  }
  co_return {};
}

net::Task<Outcome<Session::Call::Tried>> Session::Call::try_candidates(Wanted wanted) {
  candidate_remembered = false;
  auto tried = co_await draw_and_verify(wanted);
  if (tried && directory_remembered && accepted(*tried) == 0) {
    shared.memory.forget_directory();
    tried = co_await draw_and_verify(wanted);
  }
  if (tried && were_all_gone(*tried)) {
    shared.memory.forget_directory();
    co_await gateway.pause(kNextDirectory);
    tried = co_await draw_and_verify(wanted);
  }
  if (tried && accepted(*tried) == 0) co_return std::unexpected(none_chosen(wanted, *tried));
  co_return tried;
}

Failure Session::Call::none_chosen(const Wanted& wanted, const Tried& tried) {
  Failure failure = not_offered(*listed, wanted);
  failure.verdicts = copies(tried);
  for (const api::DirectoryEntry& entry : listed->entries) {
    const bool seen = std::ranges::any_of(
        tried, [&](const SharedCandidate& candidate) { return candidate->entry.keyset_id == entry.keyset_id; });
    if (seen || is_post_quantum(entry) || !wanted.require_pq || !offers(entry, wanted)) continue;
    failure.verdicts.push_back(without_evidence(entry, options.policy, clock.now()));
    reject("directory_suite", failure.verdicts.back(), "keyset",
           options.policy.require_pq ? "X25519 only (your policy: post-quantum)"
                                     : "X25519 only (this request was sealed to a post-quantum key before)");
  }
  if (!failure.verdicts.empty()) failure.api = api::ErrorCode::no_confidential_worker;
  shared.memory.forget_directory();  // the next question looks again
  return failure;
}

net::Task<Outcome<Session::Call::Chosen>> Session::Call::choose(Wanted wanted) {
  auto tried = co_await try_candidates(std::move(wanted));
  if (!tried) co_return std::unexpected(std::move(tried).error());
  Chosen out;
  for (SharedCandidate& candidate : *tried) {
    if (candidate->appraisal.worker) out.recipients.push_back(std::move(candidate));
  }
  for (const Suite suite : {Suite::xwing, Suite::x25519}) {
    out.suite = suite;
    if (std::ranges::all_of(out.recipients, [&](const auto& each) { return has_suite(*each, suite); })) co_return out;
  }
  // No suite in common: those with the better one.
  out.suite = Suite::xwing;
  std::erase_if(out.recipients, [](const auto& each) { return !has_suite(*each, Suite::xwing); });
  co_return out;
}

}  // namespace aipg::client
