// SPDX-License-Identifier: Apache-2.0
// One piece of evidence under judgement, with all that decides. Internal to evidence.h.
#pragma once

#include "attest/evidence.h"
#include "attest/grounds.h"

namespace aipg::attest {

struct SingleCase : Grounds {
  const SingleEvidence& evidence;
};

}  // namespace aipg::attest
