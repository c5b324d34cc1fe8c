# SPDX-License-Identifier: Apache-2.0
"""aipg.AsyncClient: the same, for event loops, and many at once."""

import asyncio
import time
import unittest

import openai

import aipg
from aipg.attestation import verify_nvidia_attestation
from support import MODEL, NetworkCase, asked, wait_until


class AsyncCase(NetworkCase, unittest.IsolatedAsyncioTestCase):
    def client(self, **options):
        out = aipg.AsyncClient(**{"confidential": True, **options})
        self.addAsyncCleanup(out.close)
        return out


class Answers(AsyncCase):
    async def test_an_answer(self):
        seen = []
        response = await self.client(on_verdict=seen.append).chat.completions.create(**asked("tokens=2 text=a"))
        self.assertEqual(response.choices[0].message.content, "a0 a1 ")
        self.assertTrue(verify_nvidia_attestation(response.attestation).accepted)
        self.assertEqual(len(seen), 2)

    async def test_a_stream_arrives_as_it_is_made(self):
        started, arrived = time.monotonic(), []
        stream = await self.client(padding="p0").chat.completions.create(**asked("tokens=6 delay=0.1", stream=True))
        last = None
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                arrived.append(time.monotonic() - started)
            last = chunk
        self.assertGreater(arrived[-1] - arrived[0], 0.3)
        self.assertTrue(last.attestation)

    async def test_a_hundred_at_once_verify_once(self):
        before = self.network.metric("aipg_gateway_challenges_total")
        client = self.client()

        async def ask(i):
            out = await client.chat.completions.create(**asked(f"tokens=3 delay=0.02 text=c{i}x"))
            return out.choices[0].message.content, out.attestation

        answers = await asyncio.gather(*(ask(i) for i in range(100)))
        for i, (text, attestation) in enumerate(answers):
            self.assertEqual(text, f"c{i}x0 c{i}x1 c{i}x2 ")
        self.assertEqual(len({attestation for _, attestation in answers}), 100)  # a receipt each
        self.assertLessEqual(self.network.metric("aipg_gateway_challenges_total") - before, 1)

    async def test_a_cancelled_task_frees_the_engine(self):
        before = self.engine.cancelled
        task = asyncio.create_task(self.client().chat.completions.create(**asked("tokens=1000 delay=0.05")))
        await asyncio.to_thread(wait_until, lambda: self.engine.running == 1, 10, "the engine answers")
        task.cancel()
        with self.assertRaises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(wait_until, lambda: self.engine.cancelled > before and self.engine.running == 0, 10,
                                "engine slot freed")

    async def test_leaving_a_stream_frees_the_engine(self):
        before = self.engine.cancelled
        async with await self.client().chat.completions.create(**asked("tokens=1000 delay=0.05", stream=True)) as stream:
            async for _ in stream:
                break
        await asyncio.to_thread(wait_until, lambda: self.engine.cancelled > before and self.engine.running == 0, 10,
                                "engine slot freed")

    async def test_who_waited_for_a_cancelled_verification_goes_on(self):
        client = self.client()
        first = asyncio.create_task(client.chat.completions.create(**asked("tokens=1")))
        second = asyncio.create_task(client.chat.completions.create(**asked("tokens=1 text=b")))
        await asyncio.sleep(0)
        first.cancel()
        self.assertEqual((await second).choices[0].message.content, "b0 ")

    async def test_refusals(self):
        with self.assertRaises(aipg.NoConfidentialWorker):
            await self.client(expected_workload_hash="00" * 32).chat.completions.create(**asked("tokens=1"))
        with self.assertRaises(aipg.SealError):
            await self.client().files.list()
        with self.assertRaises(openai.BadRequestError):
            await self.client().with_options(confidential=False).chat.completions.create(**asked("tokens=1"))
        with self.assertRaises(openai.APIConnectionError):
            await self.client(base_url="http://127.0.0.1:9/v1", max_retries=0).chat.completions.create(**asked("x=1"))

    async def test_a_cut_stream_raises(self):
        proxy = self.tampering()
        proxy.cut_after = 400
        client = self.client(base_url=f"http://127.0.0.1:{proxy.port}/v1")
        with self.assertRaises(aipg.TruncatedResponse):
            async for _ in await client.chat.completions.create(**asked("tokens=30", stream=True)):
                pass

    async def test_models_embeddings_and_raw_responses(self):
        client = self.client()
        self.assertEqual([m.id async for m in client.models.list()], [MODEL])
        self.assertTrue((await client.embeddings.create(model=MODEL, input="x", encoding_format="float")).attestation)
        raw = await client.chat.completions.with_raw_response.create(**asked("tokens=1"))
        self.assertTrue(raw.parse().attestation)


class OneClientInTwoLoops(NetworkCase):
    def test_is_possible_one_after_the_other(self):
        client = aipg.AsyncClient(confidential=True)

        async def many():
            await asyncio.gather(*(client.chat.completions.create(**asked("tokens=1")) for _ in range(5)))
            await client._client._transport._http.aclose()  # sockets belong to their loop, as with openai's client
            client._client._transport._http = openai.DefaultAsyncHttpxClient()

        asyncio.run(many())
        asyncio.run(many())


if __name__ == "__main__":
    unittest.main()
