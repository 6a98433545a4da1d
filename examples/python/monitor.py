"""Tells who talks to whom, until interrupted."""
import asyncio
import sys

from govhotline import AsyncSession, Hotline


async def main(path: str) -> None:
    """Open the hotline with its engine and print each conversation as it begins."""
    with Hotline(path, engine=True) as hotline:
        async with AsyncSession.open(hotline) as session:
            async for event in session.monitor('event=established'):
                print(event.text('calling'), 'talks to', event.text('agent'), flush=True)


if __name__ == '__main__':
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else 'hotline.yaml'))
