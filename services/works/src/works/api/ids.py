"""Ids and pieces of text as they stand in paths, queries and bodies."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import Field

from common.http import Text

LARGEST_ID = 2**53 - 1

WorkId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="作品ID")]
CommentId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="评论ID")]
Title = Annotated[Text, Field(min_length=1, max_length=100)]
Description = Annotated[Text, Field(max_length=1000)]
Tag = Annotated[Text, Field(min_length=1, max_length=20)]
Category = Annotated[Text, Field(max_length=30)]
Reason = Annotated[Text, Field(max_length=500)]
Search = Annotated[Text, Query(max_length=100, description="搜索关键词：标题、描述、标签和提示词")]
