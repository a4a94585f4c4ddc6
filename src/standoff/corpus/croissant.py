"""Croissant 1.1 metadata of a release (http://mlcommons.org/croissant/1.1), generated from its tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from standoff.corpus.tables import CANARY, SCHEMAS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from standoff.corpus.sources import ReleaseNote

IDENTITY = "urn:standoff:intervention"
"""The corpus has no address of its own: it travels with the package."""

_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "containedIn": "cr:containedIn",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "equivalentProperty": "cr:equivalentProperty",
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "samplingRate": "cr:samplingRate",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}

_TYPES = {
    pa.string(): "sc:Text",
    pa.int32(): "sc:Integer",
    pa.float64(): "sc:Float",
    pa.bool_(): "sc:Boolean",
}


def make_croissant(note: ReleaseNote, files: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the JSON-LD document for the Parquet files of a release.

    Args:
        note: Version, date and changes.
        files: Path to ``{"bytes", "sha256", "rows"}`` of each Parquet file.
    """
    return {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "name": "standoff-intervention",
        "description": f"Who, in a news text, stands where on an intervention, with the evidence. {CANARY}",
        "version": note.version,
        "datePublished": note.date.isoformat(),
        "license": "https://spdx.org/licenses/CC-BY-4.0.html",
        "url": IDENTITY,
        "citeAs": f"The standoff contributors: standoff intervention, version {note.version}, {note.date.year}.",
        "creator": {"@type": "sc:Organization", "name": "The standoff contributors"},
        "isLiveDataset": False,
        "rai:dataAnnotationProtocol": "annotations/codebook; blind coding, adjudication; see the card",
        "rai:machineAnnotationTools": "language models; the column kind says who made each label",
        "distribution": [_file_object(path, entry) for path, entry in files.items()],
        "recordSet": [_record_set(path) for path in files],
    }


def _file_object(path: str, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": _file_id(path),
        "name": _file_id(path),
        "contentUrl": path,
        "contentSize": f"{entry['bytes']} B",
        "encodingFormat": "application/x-parquet",
        "sha256": entry["sha256"],
    }


def _file_id(path: str) -> str:
    return path.removeprefix("data/").replace("/", "-")


def _record_set(path: str) -> dict[str, Any]:
    _, config, file = path.split("/")
    name = f"{config}-{file.removesuffix('.parquet')}"
    return {
        "@type": "cr:RecordSet",
        "@id": name,
        "name": name,
        "description": f"The rows of config {config}, split {file.removesuffix('.parquet')}.",
        "field": [_field(name, path, column) for column in SCHEMAS[config]],
    }


def _field(record_set: str, path: str, column: pa.Field) -> dict[str, Any]:
    is_list = pa.types.is_list(column.type)
    inner = column.type.value_type if is_list else column.type
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{record_set}/{column.name}",
        "name": column.name,
        "source": {"fileObject": {"@id": _file_id(path)}, "extract": {"column": column.name}},
    }
    if is_list:
        found["repeated"] = True
    if pa.types.is_struct(inner):
        found["subField"] = [
            {
                "@type": "cr:Field",
                "@id": f"{record_set}/{column.name}/{part.name}",
                "name": part.name,
                "dataType": _TYPES[part.type],
                "source": {
                    "fileObject": {"@id": _file_id(path)},
                    "extract": {"column": column.name},
                    "transform": {"jsonPath": part.name},
                },
            }
            for part in inner
        ]
    else:
        found["dataType"] = _TYPES[inner]
    return found
