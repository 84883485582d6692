package dev.virtq.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** The rooms that the root's pom names. */
final class Reactor {
    private final Path root;

    Reactor(Path root) {
        this.root = root;
    }

    /** {@return the rooms with tests, but for the one that asks} */
    List<Room> roomsWithTests() throws IOException {
        List<Room> rooms = new ArrayList<>();
        NodeList modules = parse(root.resolve("pom.xml")).getElementsByTagName("module");
        for (int i = 0; i < modules.getLength(); i++) {
            String name = modules.item(i).getTextContent().strip();
            Room room = new Room(name, root.resolve(name));
            if (!name.equals("conformance") && room.hasTests()) {
                rooms.add(room);
            }
        }
        return rooms;
    }

    /** {@return whether the room is built whenever this one is} */
    boolean isBuiltBefore(Room room) throws IOException {
        String artifact = artifactOf(parse(room.folder().resolve("pom.xml")).getDocumentElement());
        NodeList wanted =
                parse(root.resolve("conformance/pom.xml")).getElementsByTagName("dependency");
        for (int i = 0; i < wanted.getLength(); i++) {
            if (wanted.item(i) instanceof Element dependency
                    && artifactOf(dependency).equals(artifact)) {
                return true;
            }
        }
        return false;
    }

    private static String artifactOf(Element owner) {
        NodeList children = owner.getChildNodes();
        for (int i = 0; i < children.getLength(); i++) {
            if (children.item(i) instanceof Element child
                    && child.getTagName().equals("artifactId")) {
                return child.getTextContent().strip();
            }
        }
        return "";
    }

    private static Document parse(Path pom) throws IOException {
        try {
            return DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(pom.toFile());
        } catch (ParserConfigurationException | SAXException e) {
            throw new IOException(pom + " cannot be read: " + e.getMessage(), e);
        }
    }
}
