# SPDX-License-Identifier: Apache-2.0
"""What the demo's region has published: its legal notice and its terms of use, in French alone as a
region writes them.
"""

LEGAL_NOTICE = """\
Ce site est une démonstration de Sceau, installée sur votre poste. Les personnes, les \
établissements et les cartes que vous y voyez sont inventés.

Éditeur : le Groupement régional e-santé (démonstration). Responsable de la publication : sa \
direction.

Les données restent sur ce poste, dans le dossier de la démonstration, et disparaissent avec \
lui."""

TERMS = """\
1. Objet. Sceau ouvre les applications régionales de santé aux professionnels et aux patients, \
après avoir vérifié qui ils sont.

2. Votre compte est personnel. Vous ne prêtez ni votre mot de passe, ni votre carte, ni vos \
codes, et vous fermez votre session quand vous quittez votre poste.

3. Vous donnez des renseignements exacts, et vous les corrigez quand ils changent. Une demande \
d’inscription est comparée au répertoire national, puis examinée par un administrateur.

4. Chaque connexion et chaque accès sont inscrits dans un journal, afin de protéger les \
données des patients. Vous lisez ce qui vous concerne dans « Mon compte ».

5. Un usage contraire à ces conditions peut entraîner la fermeture du compte."""
