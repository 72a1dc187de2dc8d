"""A relay as many write it: FastAPI and the openai client. `pip install fastapi uvicorn uvloop httptools openai`, then
RELAY_PEER="python benches/relay/peer_fastapi.py". It neither signs in nor stores anything."""
import os

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI

app = FastAPI()
client = AsyncOpenAI(base_url=os.environ["UPSTREAM"], api_key="bench", max_retries=0)


@app.post("/v1/chat/completions")
async def relay(request: Request):
    body = await request.json()

    async def chunks():
        stream = await client.chat.completions.create(
            model=body["model"], messages=body["messages"], stream=True, stream_options={"include_usage": True})
        async for chunk in stream:
            yield f"data: {chunk.model_dump_json(exclude_unset=True)}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(chunks(), media_type="text/event-stream")


uvicorn.run(app, host="127.0.0.1", port=int(os.environ["PORT"]), log_level="error", access_log=False)
