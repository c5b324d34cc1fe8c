// SPDX-License-Identifier: Apache-2.0
// Signatures checked ahead of a verdict, on as many threads as the caller has.
// A verdict is one thread's work, and most of it is signature checks that a
// cache answers when it knows them. This finds them out beforehand: which key
// seems to have signed what is told from names and key ids, and a wrong guess
// is only a check for nothing. It decides nothing, and changes no verdict.
#pragma once

#include <functional>
#include <span>

#include "attest/endorsements.h"
#include "attest/verifier_cache.h"

namespace aipg::attest {

// Calls each task once, on any thread, and returns when all have ended. Tasks do not depend on each other.
using TaskRunner = std::function<void(std::span<const std::function<void()>> tasks)>;

// The certificates of `chains` and of everything in `beside`, its revocation lists, OCSP responses and manifests.
// `cache` is the one that the verdict will be asked for with, and is used by this thread only. What cannot be read
// is left to the verdict.
void check_ahead(std::span<const std::vector<Bytes>> chains, const Endorsements& beside, VerifierCache& cache,
                 const TaskRunner& run);

}  // namespace aipg::attest
