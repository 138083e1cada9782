"""Ids and pieces of text as they stand in paths, queries and bodies."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, Field

from common.errors import NotFound
from common.http import Text

LARGEST_ID = 2**53 - 1


def _possible(number: int) -> int:
    if number > LARGEST_ID:
        raise NotFound
    return number


WorkId = Annotated[int, Path(ge=1, description="作品ID"), AfterValidator(_possible)]
CommentId = Annotated[int, Path(ge=1, description="评论ID"), AfterValidator(_possible)]
Title = Annotated[Text, Field(min_length=1, max_length=100)]
Description = Annotated[Text, Field(max_length=1000)]
Tag = Annotated[Text, Field(min_length=1, max_length=20)]
Category = Annotated[Text, Field(max_length=30)]
Reason = Annotated[Text, Field(max_length=500)]
Search = Annotated[Text, Query(max_length=100, description="搜索关键词：标题、描述、标签和提示词")]
