"""Tells who talks to whom, until interrupted: monitor.py [HOTLINE.yaml [AGENT ..]]."""
import asyncio
import sys
from typing import List

from govhotline import AsyncSession, Hotline, core


async def main(path: str, agents: List[str]) -> None:
    """Open the hotline with its engine, make the agents ready and print each conversation as it begins."""
    with Hotline(path, engine=True) as hotline:
        async with AsyncSession.open(hotline) as session:
            for agent in agents:
                await session.agent_login(agent)
                await session.agent_state(agent, core.GHL_AGENT_READY)
            async for event in session.monitor('event=established'):
                print(event.text('calling'), 'talks to', event.text('agent'), flush=True)


if __name__ == '__main__':
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else 'hotline.yaml', sys.argv[2:]))
