// SPDX-License-Identifier: Apache-2.0
#include <rapidcheck.h>

#include <numeric>

#include "codec/bhttp_fixture.h"

namespace aipg::codec::bhttp {
namespace {

using namespace fixture;

TEST(BhttpResponse, ByteByByteEqualsAllAtOnce) {
  EXPECT_TRUE(rc::check("any pieces", [](const std::vector<std::string>& chunks) {
    const Bytes bytes = response(chunks, {{"t", "v"}, {"u", ""}});
    const Heard whole = hear(bytes, bytes.size());
    RC_ASSERT(whole.finished);
    RC_ASSERT(whole.content == std::accumulate(chunks.begin(), chunks.end(), std::string()));
    expect_same(whole, hear(bytes, 1));
    expect_same(whole, hear(bytes, *rc::gen::inRange<std::size_t>(1, 20)));
  }));
}

}  // namespace
}  // namespace aipg::codec::bhttp
