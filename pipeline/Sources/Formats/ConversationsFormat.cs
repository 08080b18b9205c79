using System.Text.Json;
using VisualChat.Pipeline.Sources.Files;

namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>
/// A user's own data as JSON Lines of messages, the form other trainers use (data-schemas/conversations.schema.json). Content is a
/// string, in which <c>&lt;image&gt;</c> shows the next of <c>images</c>, or a list of parts of type text, image and image_url;
/// text parts are joined by line breaks. An image part without a path shows the next of <c>images</c>. All listed images must be
/// shown, and only by the user. A system message at the start is left out: the recipe's <c>template.system</c> stands in its place.
/// </summary>
internal sealed class ConversationsFormat : RecordFormat
{
    public override string Name => "conversations";

    public override RecordLayout Layout { get; } = new(RecordContainer.Lines);

    public override bool NeedsImages => false;

    protected override void ReadShape(ref Utf8JsonReader json, RecordDraft draft)
    {
        bool messages = false;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("messages"u8) || json.ValueTextEquals("conversations"u8))
            {
                messages = true;
                Enter(ref json, JsonTokenType.StartArray, "messages");
                draft.Turns.Clear();
                draft.Images.Clear();
                while (NextElement(ref json))
                    ReadMessage(ref json, draft);
            }
            else if (json.ValueTextEquals("images"u8))
            {
                ReadTexts(ref json, draft, "images", draft.ListedImages);
            }
            else if (json.ValueTextEquals("id"u8))
            {
                draft.Id = ReadId(ref json, draft, "id");
            }
            else
            {
                json.Skip();
            }
        }

        Require(messages, "messages");
    }

    protected override void Check(RecordDraft draft)
    {
        if (draft.Turns.Count > 0 && draft.Turns[0].Speaker == Speaker.System)
        {
            if (draft.Turns[0].Images > 0)
                throw new RecordRejectedException(RejectReason.ImageMarks, "the system message shows an image");
            draft.Turns.RemoveAt(0);
        }

        RequireAlternation(draft);

        // Images of parts were collected in order, with gaps for those that take the next listed one.
        TextSlice[] inParts = [.. draft.Images];
        draft.Images.Clear();
        int nextPart = 0;
        int nextListed = 0;
        for (int turn = 0; turn < draft.Turns.Count; turn += 2)
        {
            DraftTurn asked = draft.Turns[turn];
            DraftTurn answered = draft.Turns[turn + 1];
            int marks = 0;
            TextSlice question = asked.IsParts ? asked.Text : ImageMark.RemoveAll(draft, asked.Text, ImageMark.Text, out marks);
            int shown = asked.IsParts ? asked.Images : marks;
            if (answered.Images > 0 || (!answered.IsParts && draft[answered.Text].IndexOf(ImageMark.Text) >= 0))
                throw new RecordRejectedException(RejectReason.ImageMarks, $"answer {(turn / 2) + 1} shows an image");
            for (int image = 0; image < shown; image++)
            {
                TextSlice key = asked.IsParts ? inParts[nextPart++] : TextSlice.None;
                if (!key.Exists)
                {
                    if (nextListed == draft.ListedImages.Count)
                        throw new RecordRejectedException(RejectReason.ImageMarks, $"the text shows more images than the {nextListed} that 'images' lists");
                    key = draft.ListedImages[nextListed++];
                }

                draft.Images.Add(key);
            }

            AddRound(draft, question, answered.Text, shown);
        }

        if (nextListed < draft.ListedImages.Count)
            throw new RecordRejectedException(RejectReason.ImageMarks, $"'images' lists {draft.ListedImages.Count} images and the text shows {nextListed}");
    }

    private static void ReadMessage(ref Utf8JsonReader json, RecordDraft draft)
    {
        ExpectObject(ref json, "a message");
        Speaker? speaker = null;
        TextSlice text = TextSlice.None;
        bool isParts = false;
        int before = draft.Images.Count;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("role"u8))
            {
                _ = json.Read();
                if (json.TokenType != JsonTokenType.String)
                    throw WrongType("'role'", "a string");
                speaker = SpeakerHere(ref json);
            }
            else if (json.ValueTextEquals("content"u8))
            {
                draft.Images.RemoveRange(before, draft.Images.Count - before);
                _ = json.Read();
                isParts = json.TokenType == JsonTokenType.StartArray;
                text = isParts ? ReadParts(ref json, draft) : TextHere(ref json, draft, "'content'");
            }
            else
            {
                json.Skip();
            }
        }

        Require(speaker is not null, "role");
        Require(text.Exists, "content");
        draft.Turns.Add(new DraftTurn(speaker!.Value, text, draft.Images.Count - before, isParts));
    }

    private static Speaker SpeakerHere(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("user"u8) || json.ValueTextEquals("human"u8))
            return Speaker.User;
        if (json.ValueTextEquals("assistant"u8) || json.ValueTextEquals("gpt"u8))
            return Speaker.Assistant;
        return json.ValueTextEquals("system"u8) ? Speaker.System : Speaker.Other;
    }

    private static TextSlice ReadParts(ref Utf8JsonReader json, RecordDraft draft)
    {
        var texts = new List<TextSlice>();
        while (NextElement(ref json))
        {
            ExpectObject(ref json, "a part of 'content'");
            ReadPart(ref json, draft, texts);
        }

        TextSlice line = draft.Add("\n"u8);
        TextSlice joined = draft.Add(default);
        for (int text = 0; text < texts.Count; text++)
        {
            if (text > 0)
                joined = draft.Join(joined, line);
            joined = draft.Join(joined, texts[text]);
        }

        return joined;
    }

    private static void ReadPart(ref Utf8JsonReader json, RecordDraft draft, List<TextSlice> texts)
    {
        PartType? type = null;
        TextSlice text = TextSlice.None;
        TextSlice image = TextSlice.None;
        TextSlice address = TextSlice.None;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("type"u8))
            {
                _ = json.Read();
                type = json.TokenType != JsonTokenType.String ? throw WrongType("'type'", "a string")
                    : json.ValueTextEquals("text"u8) ? PartType.Text
                    : json.ValueTextEquals("image"u8) ? PartType.Image
                    : json.ValueTextEquals("image_url"u8) ? PartType.ImageAddress
                    : throw WrongType("'type'", "one of text, image and image_url");
            }
            else if (json.ValueTextEquals("text"u8))
            {
                text = ReadText(ref json, draft, "text");
            }
            else if (json.ValueTextEquals("image"u8))
            {
                image = ReadText(ref json, draft, "image");
            }
            else if (json.ValueTextEquals("image_url"u8))
            {
                address = ReadAddress(ref json, draft);
            }
            else
            {
                json.Skip();
            }
        }

        Require(type is not null, "type");
        if (type == PartType.Text)
        {
            Require(text.Exists, "text");
            texts.Add(text);
            return;
        }

        Require(type == PartType.Image || address.Exists, "image_url");
        draft.Images.Add(type == PartType.Image ? image : address);
    }

    private static TextSlice ReadAddress(ref Utf8JsonReader json, RecordDraft draft)
    {
        _ = json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
            return TextHere(ref json, draft, "'image_url'");
        TextSlice address = TextSlice.None;
        while (NextKey(ref json))
        {
            if (json.ValueTextEquals("url"u8))
                address = ReadText(ref json, draft, "url");
            else
                json.Skip();
        }

        Require(address.Exists, "url");
        return address;
    }

    private enum PartType
    {
        Text,
        Image,
        ImageAddress,
    }
}
