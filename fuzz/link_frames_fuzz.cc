// SPDX-License-Identifier: Apache-2.0
// Any message to either end of a worker link: its limits hold, a failed end
// stays failed, and frames that were read are written back as they were.
#include <cstdlib>

#include "link/mux_recorder.h"

namespace {

using namespace aipg;
using namespace aipg::link;

void require(bool held) {
  if (!held) std::abort();
}

void read_and_write(ByteView message) {
  ByteReader in(message);
  Bytes written;
  while (true) {
    const auto frame = read_frame(in);
    if (!frame || !*frame) break;
    write_frame(written, (*frame)->stream, (*frame)->type, (*frame)->payload);
  }
  require(equal(written, message.first(written.size())));
}

void receive(Mux end, ByteView message, std::size_t streams_before) {
  MuxRecorder events;
  const auto first = end.receive(message, events);
  require(end.open_streams() <= kMaxStreams);
  for (const auto& [id, bytes] : events.data) require(bytes.size() <= kInitialCredit);
  const std::size_t told = events.log.size();
  if (!first) {
    require(end.receive(message, events).error() == first.error());
    require(events.log.size() == told);
  }
  require(end.open_streams() <= streams_before + events.opened.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView message(data, size);
  read_and_write(message);
  receive(Mux(Role::worker), message, 0);
  Mux gateway(Role::gateway);
  for (int i = 0; i < 3; ++i) (void)gateway.open({});
  require(gateway.expect_evidence(1000).has_value());
  receive(std::move(gateway), message, 3);
  return 0;
}
