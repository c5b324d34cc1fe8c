// SPDX-License-Identifier: Apache-2.0
#include "gateway/readiness.h"

namespace aipg::gateway {

std::string Readiness::text() const {
  if (ready()) return "ready\n";
  std::string out;
  if (draining) out += "draining: no new job is taken\n";
  if (keysets == 0) out += "no_worker: no worker's keyset is admitted\n";
  if (keysets > 0 && available == 0) out += "no_free_worker: no admitted worker takes another job\n";
  if (!keys_readable) out += "keys_unreadable: the store of API keys cannot be read\n";
  if (records_full) out += "records_not_written: too many job records wait for the disk\n";
  return out;
}

}  // namespace aipg::gateway
