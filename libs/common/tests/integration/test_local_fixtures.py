"""The plugin's fixtures give real, working servers, whichever way they were chosen."""

import aio_pika
import valkey
from minio import Minio
from pymongo import MongoClient

from common.testing.servers import S3Address


def test_mongo_url_is_a_replica_set_with_transactions(mongo_url: str, database_name: str) -> None:
    with MongoClient[dict[str, int]](mongo_url) as client, client.start_session() as session:
        with session.start_transaction():
            client[database_name].things.insert_one({"n": 1}, session=session)
        assert client[database_name].things.count_documents({}) == 1


async def test_rabbitmq_url_takes_a_confirmed_message(rabbitmq_url: str) -> None:
    async with await aio_pika.connect(rabbitmq_url) as connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await channel.default_exchange.publish(aio_pika.Message(b"hello"), routing_key=queue.name)
        message = await queue.get()
        await message.ack()
        assert message.body == b"hello"


def test_s3_lets_a_test_make_buckets(s3: S3Address) -> None:
    client = Minio(s3.endpoint.partition("://")[2], s3.access_key, s3.secret_key, secure=False)
    client.make_bucket("made-by-a-test")
    assert client.bucket_exists("made-by-a-test")
    client.remove_bucket("made-by-a-test")


def test_valkey_url_counts(valkey_url: str) -> None:
    with valkey.from_url(valkey_url) as client:
        assert [client.incr("made-by-a-test") for _ in range(2)] == [1, 2]
        client.delete("made-by-a-test")
